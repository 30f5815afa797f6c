//! Which files are read, who opens what in them, and what is never shown.

use proptest::prelude::*;

use super::{SYSTEM, read};
use crate::{
    model::{
        Facts,
        java::{ClientAuth, Program, User},
    },
    source::{FileId, Source},
    systems::Input,
};

fn facts(path: &str, text: &str) -> (Source, Facts) {
    read(&Input { file: FileId(0), path, bytes: text.as_bytes() })
}

fn users(path: &str, text: &str) -> (Source, Vec<User>) {
    let (source, facts) = facts(path, text);
    (source, facts.java.map(|it| it.users).unwrap_or_default())
}

fn known(path: &str, text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(1024)];
    crate::systems::of(path, head).is_some_and(|it| it.name == SYSTEM.name)
}

#[test]
fn a_broker_with_listeners() {
    let text = "\
broker.id=1
listeners=CLIENT://:9093,INTERNAL://:9094
listener.security.protocol.map=CLIENT:SSL,INTERNAL:SSL
ssl.keystore.location=/etc/kafka/broker.jks
ssl.keystore.password=hunter2
ssl.truststore.location=/etc/kafka/trust.jks
ssl.client.auth=required
listener.name.internal.ssl.keystore.location=/etc/kafka/internal.p12
listener.name.internal.ssl.keystore.type=PKCS12
listener.name.internal.ssl.keystore.password=${file:/secrets:pw}
";
    let (source, users) = users("server.properties", text);
    let titles: Vec<&str> = users.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["the Kafka broker", "Kafka listener `internal`"]);
    assert!(users.iter().all(|it| it.server && it.on && it.program == Program::Kafka));
    assert!(matches!(users[0].client_auth, ClientAuth::On(_)));
    let password = users[0].key_store.as_ref().unwrap().password.as_ref().unwrap();
    assert_eq!(password.secret, Some(crate::model::Secret::new(b"hunter2".to_vec())));
    assert!(users[1].key_store.as_ref().unwrap().password.as_ref().unwrap().secret.is_none());
    assert!(!source.text.contains("hunter2"), "{}", source.text);
    assert!(source.text.contains("/etc/kafka/broker.jks"));
}

#[test]
fn spring_in_yaml_with_a_bundle() {
    let text = "\
server:
  port: 8443
  ssl:
    bundle: web
    client-auth: need
spring:
  ssl:
    bundle:
      jks:
        web:
          key:
            alias: web
          keystore:
            location: classpath:web.p12
            password: secret
";
    let (source, users) = users("application.yml", text);
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].title, "SSL bundle `web`");
    assert!(users[0].server);
    assert_eq!(users[0].alias.as_ref().unwrap().text, "web");
    assert!(!source.text.contains("secret"));
}

#[test]
fn connectors_of_all_versions() {
    let text = r#"<Server><Service>
<Connector port="8443" SSLEnabled="true" keystoreFile="conf/a.jks" keystorePass="geheim" clientAuth="want"/>
<Connector port="8444" SSLEnabled="true">
  <SSLHostConfig certificateVerification="required" truststoreFile="conf/t.jks" truststorePassword="geheim">
    <Certificate certificateKeystoreFile="conf/b.p12" certificateKeystorePassword="geheim" certificateKeyAlias="b"/>
  </SSLHostConfig>
  <SSLHostConfig hostName="www.example.com">
    <Certificate certificateFile="conf/www.pem" certificateKeyFile="conf/www.key"/>
  </SSLHostConfig>
</Connector>
<Connector port="8080"/>
</Service></Server>"#;
    let (source, users) = users("conf/server.xml", text);
    assert_eq!(users.len(), 3);
    assert_eq!(users[1].alias.as_ref().unwrap().text, "b");
    assert!(users[1].trust_store.is_some());
    assert_eq!(users[2].hosts[0].text, "www.example.com");
    assert!(users[1].hosts.is_empty());
    assert!(!source.text.contains("geheim"), "{}", source.text);
}

#[test]
fn options_of_a_virtual_machine() {
    let text = "\
#!/bin/sh
# CATALINA_OPTS=-Djavax.net.ssl.trustStore=/old
CATALINA_OPTS=\"$CATALINA_OPTS -Djavax.net.ssl.trustStore=/etc/ssl/trust.jks -Djavax.net.ssl.trustStorePassword=hush -Ddb.password=hush\"
";
    let (source, users) = users("bin/setenv.sh", text);
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].trust_store.as_ref().unwrap().path.text, "/etc/ssl/trust.jks");
    assert!(!users[0].server);
    assert!(!source.text.contains("hush"));
}

#[test]
fn files_are_known_by_what_they_hold() {
    assert!(known("a/b.conf", "ssl.keystore.location=/x.jks\n"));
    assert!(known("kafka.env", "KAFKA_SSL_KEYSTORE_LOCATION=/x.jks\n"));
    assert!(known("x/application-prod.yaml", "spring:\n"));
    assert!(known("unit.service", "[Service]\nEnvironment=JAVA_OPTS=-Djavax.net.ssl.trustStore=/a\n"));
    assert!(!known("nginx.conf", "server { listen 443 ssl; }\n"));
    assert!(!known("README.md", "ssl.keystore.location=/x.jks\n"));
    assert!(!known("messages.properties", "hello=world\n"));
    assert!(facts("server.properties", "broker.id=1\n").1.java.is_none());
}

#[test]
fn others_that_use_the_same_words() {
    let title = |path: &str, text: &str| -> Vec<String> {
        users(path, text).1.into_iter().map(|it| it.title).collect()
    };
    let registry = "listeners=https://0.0.0.0:8081\nssl.keystore.location=/a.jks\nkafkastore.ssl.truststore.location=/t.jks\n";
    assert_eq!(title("schema-registry.properties", registry), ["the HTTPS listener", "a Kafka client"]);
    let connect = "bootstrap.servers=a:1\nlisteners.https.ssl.keystore.location=/a.jks\nproducer.ssl.truststore.location=/t.jks\n";
    assert_eq!(title("connect-distributed.properties", connect), ["the HTTPS listener", "a Kafka client"]);
    let elastic = "xpack.security.transport.ssl.keystore.path: certs/a.p12\nxpack.security.http.ssl:\n  keystore.path: certs/h.p12\n";
    assert_eq!(
        title("elasticsearch.yml", elastic),
        ["the transport layer of Elasticsearch", "the HTTP layer of Elasticsearch"]
    );
    let quorum = "tickTime=2000\nssl.quorum.keyStore.location=/a.jks\nssl.keyStore.location=/b.jks\n";
    let (_, users) = users("zoo.cfg", quorum);
    assert_eq!(
        users.iter().map(|it| (it.title.as_str(), it.on)).collect::<Vec<_>>(),
        [("the ZooKeeper quorum", false), ("ZooKeeper", true)]
    );
    assert!(title("application.properties", "micronaut.ssl.key-store.path=/x.jks\n").is_empty());
}

const PATHS: &[&str] =
    &["server.properties", "application.yml", "conf/server.xml", "bin/setenv.sh", "a.conf", "Dockerfile"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        for path in PATHS {
            facts(path, &text);
        }
    }

    #[test]
    fn pieces_in_any_order_are_read(
        text in "(ssl\\.keystore\\.location|ssl\\.key\\.password|=|:| |\n|\\\\|\\\\u00e9|\"|'|é|export |server:|  ssl:|    key-store: |- |/a\\.jks|\
            -Djavax\\.net\\.ssl\\.|trustStore|<Connector |SSLEnabled=\"true\" |keystorePass=\"|/>|<SSLHostConfig |hostName=\"|<Certificate |\
            enabled-protocols|TLSv1,|\\$\\{X\\}|#){0,40}"
    ) {
        for path in PATHS {
            facts(path, &text);
        }
    }

    #[test]
    fn passwords_never_stay(secret in "[a-zA-Z0-9]{8,20}", quote in "(\"|'|)", before in "( |\\\\\n  |)", after in "( |\t|)") {
        let lines = format!(
            "ssl.keystore.location=/a.jks\nssl.keystore.password={before}{quote}{secret}{quote}{after}\nexport DB_PASSWORD={quote}{secret}{quote}\n\
             JAVA_OPTS=-Ddb.password={secret} -Dx=y\nsasl.jaas.config=x password=\"{secret}\";\n"
        );
        let (source, facts) = facts("server.properties", &lines);
        prop_assert!(facts.java.is_some());
        prop_assert!(!source.text.contains(&secret), "{}", source.text);
        let options = format!(
            "X=\"-Djavax.net.ssl.trustStore=/t -Djavax.net.ssl.trustStorePassword={secret}\"\nDB_PASS: {quote}{secret}{quote}\n"
        );
        let (source, _) = self::facts("setenv.sh", &options);
        prop_assert!(!source.text.contains(&secret), "{}", source.text);
        let yaml = format!(
            "server:\n  ssl:\n    key-store: a.p12\n    key-store-password: '{secret}'\nusers:\n- name: x\n  password: {secret}a\n"
        );
        let (source, _) = self::facts("application.yml", &yaml);
        prop_assert!(!source.text.contains(&secret), "{}", source.text);
    }
}
