//! Which files are read, what is read of them, and what is never shown.

use super::{SYSTEM, read};
use crate::{
    model::{Facts, hybrid::Shape},
    source::{FileId, Source},
    systems::Input,
};

fn facts(path: &str, text: &str) -> (Source, Facts) {
    read(&Input { file: FileId(0), path, bytes: text.as_bytes() })
}

fn known(path: &str, text: &str) -> bool {
    let head = &text.as_bytes()[..text.len().min(1024)];
    crate::systems::of(path, head).is_some_and(|it| it.name == SYSTEM.name)
}

const OVERRIDES: &str = "\
org: acme
k8sCluster:
  name: runtime
virtualhosts:
- name: prod
  minTLSProtocolVersion: 1.2
  maxTLSProtocolVersion: \"1.3\"
  sslCertPath: certs/prod.pem # tlslint: ignore[cert/expired] renewed on Monday
  sslKeyPath:
";

#[test]
fn values_keep_their_shape_and_their_place() {
    let (source, facts) = facts("overrides.yaml", OVERRIDES);
    let unit = facts.hybrid.unwrap();
    let host = &unit.overrides[0].virtual_hosts[0];
    let minimum = host.minimum.as_ref().unwrap();
    let maximum = host.maximum.as_ref().unwrap();
    assert_eq!((minimum.shape, minimum.text()), (Shape::Number, "1.2"));
    assert_eq!((maximum.shape, maximum.text()), (Shape::Text, "1.3"));
    assert_eq!(source.slice(source.span(maximum.at().place)), "1.3");
    assert_eq!(source.slice(source.span(host.at.place)), "prod");
    assert!(!host.key.as_ref().unwrap().is_set());
    assert_eq!(facts.ignores.len(), 1);
}

#[test]
fn files_are_known_by_what_they_hold() {
    assert!(known("prod/hybrid-values", OVERRIDES));
    assert!(known("x.yaml", "apiVersion: v1\nkind: Secret\n"));
    assert!(known("x.yaml", "apiVersion: a/v1\nkind: \"ApigeeRoute\" # one\n"));
    assert!(known("charts/apigee-virtualhost/Chart.yaml", "apiVersion: v2\n"));
    assert!(!known("README.md", OVERRIDES));
    assert!(!known("charts/apigee-virtualhost/tests/values.yaml", OVERRIDES));
    assert!(!known("Chart.yaml", "apiVersion: v2\nname: nginx\n"));
    assert!(!known("values.yaml", "org: acme\nnamespace: x\nruntime: java\n"));
    assert!(!known("secret.json", "{\"kind\": \"Secret\"}"));
}

#[test]
fn other_yaml_gives_no_facts() {
    for text in
        ["", "a: 1\n", "- 1\n", "org: acme\nvirtualhosts:\n- name: www\n  docroot: /srv\n", "kind: Service\n"]
    {
        assert!(facts("values.yaml", text).1.hybrid.is_none(), "{text}");
    }
}

#[test]
fn values_of_secrets_are_masked() {
    let text = "\
kind: List
items:
- kind: Secret
  metadata:
    name: a
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {\"data\":{\"key\":\"c2VjcmV0\"}}
  data:
    key: c2VjcmV0
    cert: Y2VydA==
  stringData:
    tls.key: |
      -----BEGIN PRIVATE KEY-----
      secret
      -----END PRIVATE KEY-----
";
    let (source, facts) = facts("secret.yaml", text);
    assert!(
        !source.text.contains("c2VjcmV0") && !source.text.contains("\n      secret\n"),
        "{}",
        source.text
    );
    assert_eq!(source.text.lines().count(), text.lines().count());
    let secret = &facts.hybrid.unwrap().secrets[0];
    assert!(secret.has("key") && secret.has("cert") && secret.has("tls.key"));
}

#[test]
fn nothing_is_shown_of_a_secret_that_is_no_yaml() {
    let (source, facts) = facts("secret.yaml", "kind: Secret\ndata:\n  key: c2VjcmV0\n bad: [\n");
    assert!(!source.text.contains("c2VjcmV0"));
    assert!(facts.hybrid.is_none());
}
