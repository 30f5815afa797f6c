//! Files that lead back to themselves, or out to more files than there are.

use super::{checked, few, over_limit, rules};

fn conf(body: &str) -> Vec<u8> {
    format!("events {{}}\nhttp {{\n{body}\n}}\n").into_bytes()
}

#[test]
fn an_include_of_itself_is_told() {
    let report = checked(vec![("etc/nginx/nginx.conf", conf("include nginx.conf;"))]);
    assert!(rules(&report).contains(&"nginx/include-cycle"));
    few(&report, 20);

    let report = checked(vec![
        ("etc/nginx/nginx.conf", conf("include conf.d/*.conf;")),
        ("etc/nginx/conf.d/a.conf", b"include conf.d/b.conf;\n".to_vec()),
        ("etc/nginx/conf.d/b.conf", b"include conf.d/a.conf;\n".to_vec()),
    ]);
    assert!(rules(&report).contains(&"nginx/include-cycle"));
    few(&report, 20);
}

#[test]
fn includes_that_double_are_told() {
    let mut files = vec![("etc/nginx/nginx.conf".to_owned(), conf("include 0.inc; include 0.inc;"))];
    for level in 0..60 {
        let next = format!("include {0}.inc;\ninclude {0}.inc;\n", level + 1);
        files.push((format!("etc/nginx/{level}.inc"), next.into_bytes()));
    }
    files.push(("etc/nginx/60.inc".to_owned(), b"server { listen 443 ssl; }\n".to_vec()));
    let report = checked(files.iter().map(|(path, bytes)| (&**path, bytes.clone())).collect());
    assert!(!over_limit(&report).is_empty());
    few(&report, 2_000);
}

#[test]
fn globs_that_could_match_in_endless_ways_end() {
    let glob = format!("include {}b;", "*a".repeat(60));
    let report = checked(vec![
        ("etc/nginx/nginx.conf", conf(&glob)),
        (&*format!("etc/nginx/{}", "a".repeat(240)), b"server { listen 443 ssl; }\n".to_vec()),
    ]);
    few(&report, 20);
}

#[test]
fn upstreams_and_maps_in_a_circle_end() {
    let report = checked(vec![(
        "etc/nginx/nginx.conf",
        conf(
            "map $b $a { default $b; }\nmap $a $b { default $a; }\nupstream one { server two; }\nupstream two { server one; }\n\
             server { listen 443 ssl; ssl_certificate $a; ssl_certificate_key $b; location / { proxy_pass https://one; } }",
        ),
    )]);
    few(&report, 50);
}

#[test]
fn references_of_apigee_in_a_circle_end() {
    let reference =
        |name: &str, to: &str| format!(r#"{{"name":"{name}","refers":"{to}","resourceType":"KeyStore"}}"#);
    let references =
        format!("[{},{},{}]", reference("a", "ref://b"), reference("b", "ref://a"), reference("c", "c"));
    let hosts = r#"[{"name":"secure","port":"443","hostAliases":["a.example"],"sSLInfo":{"enabled":"true","keyStore":"ref://a","keyAlias":"x","trustStore":"ref://c"}}]"#;
    let report = checked(vec![
        ("org/env/prod/references.json", references.into_bytes()),
        ("org/env/prod/virtualhosts.json", hosts.as_bytes().to_vec()),
    ]);
    few(&report, 50);
}

#[test]
fn config_sources_of_iis_in_a_circle_end() {
    let config = |source: &str| {
        format!("<configuration><system.applicationHost configSource=\"{source}\"><sites configSource=\"{source}\"/></system.applicationHost></configuration>")
            .into_bytes()
    };
    let redirection =
        b"<configuration><configurationRedirection enabled=\"true\" path=\".\"/></configuration>".to_vec();
    let report = checked(vec![
        ("node1/config/applicationHost.config", config("applicationHost.config")),
        ("node1/config/redirection.config", redirection),
    ]);
    few(&report, 50);
}
