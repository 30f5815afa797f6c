#!/bin/sh
# Makes the captures of this folder: nginx as a router at api.acme.test:9443 and `openssl` as its clients, in two network
# namespaces with a cable between them. Certificates are those of testdata/pki. Times and ports differ with every run.
#
# Needs root, nginx, OpenSSL 3, tcpdump, ip (iproute2), ethtool and editcap (wireshark-common). Run it from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
pki=$here/../pki
work=$(mktemp -d)
trap 'finish' EXIT

finish() {
    [ -f "$work/nginx.pid" ] && kill "$(cat "$work/nginx.pid")" 2>/dev/null
    [ -n "${server:-}" ] && kill "$server" 2>/dev/null
    ip netns del tlslint-router 2>/dev/null
    ip netns del tlslint-client 2>/dev/null
    rm -rf "$work"
}

ip netns add tlslint-router
ip netns add tlslint-client
ip -n tlslint-router link add eth0 type veth peer name eth0 netns tlslint-client
for side in router:1 client:2; do
    ip -n "tlslint-${side%:*}" link set lo up
    # Small packets, so that certificates do not fit into one.
    ip -n "tlslint-${side%:*}" link set eth0 mtu 1280
    ip netns exec "tlslint-${side%:*}" ethtool -K eth0 tso off gso off gro off tx off >/dev/null
    ip -n "tlslint-${side%:*}" link set eth0 up
    ip -n "tlslint-${side%:*}" address add "10.9.8.${side#*:}/24" dev eth0
done
ip -n tlslint-router address add fd00:9:8::1/64 dev eth0 nodad
ip -n tlslint-client address add fd00:9:8::2/64 dev eth0 nodad

# router <CA file> [lines of configuration]
router() {
    cat >"$work/nginx.conf" <<CONF
pid $work/nginx.pid;
error_log $work/error.log;
events {}
http {
    access_log off;
    server {
        listen 9443 ssl;
        ssl_protocols TLSv1.2 TLSv1.3;
        listen [::]:9443 ssl;
        server_name api.acme.test;
        ssl_certificate $pki/${shown:-acme-api}-fullchain.pem;
        ssl_certificate_key $pki/${shown:-acme-api}.key;
        ssl_session_cache shared:s:1m;
        ssl_client_certificate $pki/$1;
        ssl_verify_client ${2:-on};
        return 200 "hello\n";
    }
}
CONF
    if [ -f "$work/nginx.pid" ]; then
        kill "$(cat "$work/nginx.pid")"
        while [ -f "$work/nginx.pid" ]; do sleep 0.1; done
    fi
    ip netns exec tlslint-router nginx -c "$work/nginx.conf"
}

# start <file> [options of tcpdump]: captures what passes port 9443 at the router.
start() {
    file=$1
    shift
    : >"$work/tcpdump.log"
    ip netns exec tlslint-router tcpdump -q --immediate-mode -U -s 0 "$@" -w "$work/$file" tcp port 9443 2>"$work/tcpdump.log" &
    dump=$!
    until grep -q listening "$work/tcpdump.log"; do sleep 0.1; done
}

stop() {
    sleep 0.5
    kill "$dump"
    wait "$dump" || true
    cp "$work/$file" "$here/$file"
}

# call [options of s_client]
call() {
    printf 'GET / HTTP/1.1\r\nHost: api.acme.test\r\nConnection: close\r\n\r\n' |
        ip netns exec tlslint-client openssl s_client ${to:--connect 10.9.8.1:9443 -servername api.acme.test} \
            -ign_eof "$@" 2>&1 | grep -E '^HTTP/|<title>|alert' || true
}

client="-cert $pki/client.pem -cert_chain $pki/inter.pem -key $pki/client.key"

router ca-chain.pem
start mutual-ok.pcap -i eth0
call -tls1_2 $client
stop
start wrong-client.pcap -i any
call -tls1_2 -cert "$pki/other-client.pem" -key "$pki/other-client.key"
stop
start no-client.pcap -i any -y LINUX_SLL
call -tls1_2
stop
editcap -F pcapng "$here/no-client.pcap" "$here/no-client.pcapng"
rm "$here/no-client.pcap"
start expired-client.pcap -i eth0
call -tls1_2 -cert "$pki/client-expired.pem" -key "$pki/client.key"
stop
start server-only-client.pcap -i eth0
call -tls1_2 -cert "$pki/client-server-only.pem" -key "$pki/client.key"
stop
start resumed.pcap -i eth0 --time-stamp-precision=nano
call -tls1_2 $client -sess_out "$work/session"
call -tls1_2 $client -sess_in "$work/session"
stop
start only-resumed.pcap -i eth0
call -tls1_2 $client -sess_in "$work/session"
stop
start tls13.pcap -i eth0
call -tls1_3 $client
stop
start with-keys.pcap -i eth0
call -tls1_3 $client -keylogfile "$work/keys"
stop
editcap -F pcapng --inject-secrets "tls,$work/keys" "$here/with-keys.pcap" "$here/with-keys.pcapng"
rm "$here/with-keys.pcap"
start two-clients.pcap -i eth0
call -tls1_2 -cert "$pki/other-client.pem" -key "$pki/other-client.key"
call -tls1_2 -cert "$pki/other-client.pem" -key "$pki/other-client.key"
stop
start deep-client.pcap -i eth0
call -tls1_2 -cert "$pki/client-deep.pem" -cert_chain "$pki/ca-deep.pem" -key "$pki/client-deep.key"
stop
start self-signed-client.pcap -i eth0
call -tls1_2 -cert "$pki/self-signed.pem" -key "$pki/self-signed.key"
stop
start other-name.pcap -i eth0
to="-connect 10.9.8.1:9443 -servername shop.acme.test"
call -tls1_2 $client
to=
stop
start old-version.pcap -i eth0
call -tls1_1 -cipher DEFAULT@SECLEVEL=0
stop
start no-name.pcap -i eth0
to="-noservername -connect [fd00:9:8::1]:9443"
call -tls1_2 $client
to=
stop
router root.pem
start leaf-only.pcap -i eth0
call -tls1_2 -cert "$pki/client.pem" -key "$pki/client.key"
stop
router client.pem
start listed-itself.pcap -i eth0
call -tls1_2 -cert "$pki/client.pem" -key "$pki/client.key"
stop
router root-rekeyed.pem
start rekeyed.pcap -i eth0
call -tls1_2 $client
stop
router other-root.pem
start stale-router.pcap -i eth0
call -tls1_2 $client
stop
# A capture that somebody started too late, and one of which the end is gone.
editcap "$here/mutual-ok.pcap" "$work/late.pcap" 1-8 && editcap -F pcap "$work/late.pcap" "$here/late.pcap"
head -c 2000 "$here/mutual-ok.pcap" >"$here/cut.pcap"
router root.pem off
start not-asked.pcap -i eth0
call -tls1_2 $client
stop
shown=expired
router root.pem off
start expired-server.pcap -i eth0
to="-connect 10.9.8.1:9443 -servername www.example.com"
call -tls1_2 -CAfile "$pki/root.pem" -verify_return_error
to=
stop
shown=

# Servers other than nginx end the handshake with an alert.
kill "$(cat "$work/nginx.pid")"
while [ -f "$work/nginx.pid" ]; do sleep 0.1; done
ip netns exec tlslint-router openssl s_server -accept 9443 -cert "$pki/acme-api.pem" -key "$pki/acme-api.key" \
    -CAfile "$pki/ca-chain.pem" -Verify 2 -verify_return_error -groups P-384:P-256 -www >"$work/server.log" 2>&1 &
server=$!
sleep 1
start refused.pcap -i eth0
call -tls1_2 -cert "$pki/other-client.pem" -key "$pki/other-client.key"
stop
start retry.pcapng -i eth0
call -tls1_3 -groups X25519:P-384 $client
stop
editcap -F pcapng "$here/retry.pcapng" "$work/again" && mv "$work/again" "$here/retry.pcapng"
chmod 644 "$here"/*.pcap "$here"/*.pcapng
ls -l "$here"
