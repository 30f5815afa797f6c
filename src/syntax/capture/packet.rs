//! From the header of a link down to TCP.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TcpSlice, TransportSlice, ether_type};

use super::frame::Frame;

/// What a packet is.
pub(super) enum Packet<'a> {
    /// A piece of a TCP stream.
    Tcp(Segment<'a>),
    /// A fragment of an IP packet.
    Fragment,
    /// Anything else.
    Other,
    /// From a kind of network that is not known here.
    UnknownLink,
}

/// A piece of a TCP stream.
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// Its header and content.
    pub(super) tcp: TcpSlice<'a>,
}

/// Numbers of kinds of networks, <https://www.tcpdump.org/linktypes.html>.
mod link {
    pub(super) const NULL: u16 = 0;
    pub(super) const ETHERNET: u16 = 1;
    /// What BSD and OpenBSD call raw IP in their own numbers.
    pub(super) const RAW_BSD: [u16; 2] = [12, 14];
    pub(super) const RAW: u16 = 101;
    pub(super) const LOOP: u16 = 108;
    pub(super) const LINUX_COOKED: u16 = 113;
    pub(super) const IPV4: u16 = 228;
    pub(super) const IPV6: u16 = 229;
    pub(super) const LINUX_COOKED_2: u16 = 276;
}

/// Reads the headers of a packet.
pub(super) fn read<'a>(frame: &Frame<'a>) -> Packet<'a> {
    let bytes = frame.bytes;
    let sliced = match frame.link {
        link::ETHERNET => LaxSlicedPacket::from_ethernet(bytes).ok(),
        // Family of the address, then IP; the family says nothing that the first byte of IP does not.
        link::NULL | link::LOOP => bytes.get(4..).and_then(ip),
        link::RAW | link::IPV4 | link::IPV6 => ip(bytes),
        number if link::RAW_BSD.contains(&number) => ip(bytes),
        link::LINUX_COOKED => cooked(bytes, 14, 16),
        link::LINUX_COOKED_2 => cooked(bytes, 0, 20),
        _ => return Packet::UnknownLink,
    };
    sliced.map_or(Packet::Other, |sliced| tcp(&sliced))
}

fn ip(bytes: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    LaxSlicedPacket::from_ip(bytes).ok()
}

/// `tcpdump -i any`: a header of fixed length with the protocol somewhere in it.
fn cooked(bytes: &[u8], protocol: usize, header: usize) -> Option<LaxSlicedPacket<'_>> {
    let protocol: [u8; 2] = bytes.get(protocol..protocol + 2)?.try_into().ok()?;
    let kind = EtherType(u16::from_be_bytes(protocol));
    let known = [
        ether_type::IPV4,
        ether_type::IPV6,
        ether_type::VLAN_TAGGED_FRAME,
        ether_type::PROVIDER_BRIDGING,
        ether_type::VLAN_DOUBLE_TAGGED_FRAME,
    ];
    known
        .contains(&kind)
        .then(|| bytes.get(header..))?
        .map(|rest| LaxSlicedPacket::from_ether_type(kind, rest))
}

fn tcp<'a>(sliced: &LaxSlicedPacket<'a>) -> Packet<'a> {
    let Some(net) = &sliced.net else { return Packet::Other };
    if net.ip_payload_ref().is_some_and(|payload| payload.fragmented) {
        return Packet::Fragment;
    }
    let (from, to): (IpAddr, IpAddr) = match net {
        LaxNetSlice::Ipv4(it) => (it.header().source_addr().into(), it.header().destination_addr().into()),
        LaxNetSlice::Ipv6(it) => (it.header().source_addr().into(), it.header().destination_addr().into()),
        LaxNetSlice::Arp(_) => return Packet::Other,
    };
    let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else { return Packet::Other };
    Packet::Tcp(Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        tcp: tcp.clone(),
    })
}
