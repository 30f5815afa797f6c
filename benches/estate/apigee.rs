//! Exports of organisations of Apigee: proxies with their policies, virtual hosts, references, stores and aliases.

use std::fmt::Write as _;

use super::{
    Writer,
    keys::{Authority, Life},
    random::Random,
    words,
};

/// An organisation with one virtual host, its stores, and proxies: 7 files and 7 for each proxy.
pub(crate) fn organisation(
    writer: &mut Writer,
    random: &mut Random,
    authority: &Authority,
    folder: &str,
    proxies: usize,
    fault: bool,
) {
    let organisation = folder.rsplit('/').next().unwrap_or(folder);
    let environment = format!("{folder}/environments/prod");
    let host = format!("api.{organisation}.example.net");
    let (leaf, _) = authority.leaf(random, &host, Life::Usual, false);
    let keys = format!("{environment}/keystores/public-2026");
    writer.text(&format!("{keys}/aliases/server.pem"), &format!("{leaf}{}", authority.intermediate));
    writer.text(
        &format!("{keys}.json"),
        "{\n  \"name\": \"public-2026\",\n  \"aliases\": [\n    {\n      \"aliasName\": \"server\",\n      \"cert\": \"server-cert\",\n      \"key\": \"server\"\n    }\n  ],\n  \"certs\": [\"server-cert\"],\n  \"keys\": [\"server\"]\n}\n",
    );
    let trust = format!("{environment}/keystores/partners-2026");
    writer.text(&format!("{trust}/aliases/root.pem"), &authority.root);
    writer.text(
        &format!("{trust}.json"),
        "{\n  \"name\": \"partners-2026\",\n  \"aliases\": [\n    {\n      \"aliasName\": \"root\",\n      \"cert\": \"root-cert\",\n      \"key\": \"\"\n    }\n  ],\n  \"certs\": [\"root-cert\"],\n  \"keys\": [\"\"]\n}\n",
    );
    writer.text(
        &format!("{environment}/references.json"),
        "[\n  {\"name\": \"public\", \"refers\": \"public-2026\", \"resourceType\": \"KeyStore\"},\n  {\"name\": \"partners\", \"refers\": \"partners-2026\", \"resourceType\": \"TrustStore\"}\n]\n",
    );
    let named = if fault { "partners-2025" } else { "partners" };
    let path = format!("{environment}/virtualhosts/secure.json");
    writer.text(
        &path,
        &format!(
            "{{\n  \"name\": \"secure\",\n  \"port\": \"443\",\n  \"hostAliases\": [\"{host}\"],\n  \"interfaces\": [],\n  \"listenOptions\": [],\n  \"retryOptions\": [],\n  \"sSLInfo\": {{\n    \"enabled\": \"true\",\n    \"clientAuthEnabled\": \"true\",\n    \"ignoreValidationErrors\": false,\n    \"keyStore\": \"ref://public\",\n    \"keyAlias\": \"server\",\n    \"trustStore\": \"ref://{named}\",\n    \"ciphers\": [],\n    \"protocols\": []\n  }},\n  \"useBuiltInFreeTrialCert\": false\n}}\n"
        ),
    );
    if fault {
        writer.plant("apigee/ref-undefined", &path);
    }
    let mut servers = Vec::new();
    for number in 0..proxies {
        let name = format!("{}-v{number}", words::slug(random));
        servers.push(format!(
            "  {{\"name\": \"{name}\", \"host\": \"{name}.internal.example.net\", \"port\": 443, \"isEnabled\": true, \"sSLInfo\": {{\"enabled\": \"true\", \"clientAuthEnabled\": \"false\", \"trustStore\": \"ref://partners\", \"commonName\": {{\"value\": \"{name}.internal.example.net\", \"wildcardMatch\": false}}}}}}"
        ));
        proxy(writer, random, &format!("{folder}/apis/{name}/apiproxy"), &name);
    }
    writer.text(&format!("{environment}/targetservers.json"), &format!("[\n{}\n]\n", servers.join(",\n")));
}

/// The files of a proxy as the console exports them, with policies as most proxies have them.
pub(crate) fn proxy(writer: &mut Writer, random: &mut Random, folder: &str, name: &str) {
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
    let policies = ["SA-limit", "VK-key", "AM-headers"];
    let list = policies.map(|it| format!("        <Policy>{it}</Policy>\n")).concat();
    writer.text(
        &format!("{folder}/{name}.xml"),
        &format!(
            "{HEAD}\n<APIProxy revision=\"{}\" name=\"{name}\">\n    <Basepaths>/{name}</Basepaths>\n    <CreatedAt>1767225600000</CreatedAt>\n    <Description>The {} of everybody.</Description>\n    <DisplayName>{name}</DisplayName>\n    <Policies>\n{list}    </Policies>\n    <ProxyEndpoints>\n        <ProxyEndpoint>default</ProxyEndpoint>\n    </ProxyEndpoints>\n    <TargetEndpoints>\n        <TargetEndpoint>default</TargetEndpoint>\n    </TargetEndpoints>\n</APIProxy>\n",
            random.range(1, 90),
            words::noun(random)
        ),
    );
    let steps = policies
        .map(|it| format!("            <Step>\n                <Name>{it}</Name>\n            </Step>\n"));
    let mut flows = String::new();
    for number in 0..random.range(1, 6) {
        let noun = words::noun(random);
        let _ = write!(
            flows,
            "        <Flow name=\"{noun}-{number}\">\n            <Description>One {noun}</Description>\n            <Request/>\n            <Response/>\n            <Condition>(proxy.pathsuffix MatchesPath \"/{noun}/*\") and (request.verb = \"GET\")</Condition>\n        </Flow>\n"
        );
    }
    writer.text(
        &format!("{folder}/proxies/default.xml"),
        &format!(
            "{HEAD}\n<ProxyEndpoint name=\"default\">\n    <PreFlow name=\"PreFlow\">\n        <Request>\n{}        </Request>\n        <Response/>\n    </PreFlow>\n    <Flows>\n{flows}    </Flows>\n    <HTTPProxyConnection>\n        <BasePath>/{name}</BasePath>\n        <VirtualHost>secure</VirtualHost>\n    </HTTPProxyConnection>\n    <RouteRule name=\"default\">\n        <TargetEndpoint>default</TargetEndpoint>\n    </RouteRule>\n</ProxyEndpoint>\n",
            steps.concat()
        ),
    );
    writer.text(
        &format!("{folder}/targets/default.xml"),
        &format!(
            "{HEAD}\n<TargetEndpoint name=\"default\">\n    <PreFlow name=\"PreFlow\">\n        <Request/>\n        <Response/>\n    </PreFlow>\n    <HTTPTargetConnection>\n        <LoadBalancer>\n            <Server name=\"{name}\"/>\n        </LoadBalancer>\n        <Path>/</Path>\n    </HTTPTargetConnection>\n</TargetEndpoint>\n"
        ),
    );
    let texts = [
        format!(
            "<SpikeArrest continueOnError=\"false\" enabled=\"true\" name=\"SA-limit\">\n    <DisplayName>SA-limit</DisplayName>\n    <Rate>{}ps</Rate>\n</SpikeArrest>\n",
            random.range(10, 900)
        ),
        "<VerifyAPIKey continueOnError=\"false\" enabled=\"true\" name=\"VK-key\">\n    <DisplayName>VK-key</DisplayName>\n    <APIKey ref=\"request.header.x-api-key\"/>\n</VerifyAPIKey>\n".to_owned(),
        format!(
            "<AssignMessage continueOnError=\"false\" enabled=\"true\" name=\"AM-headers\">\n    <DisplayName>AM-headers</DisplayName>\n    <Set>\n        <Headers>\n            <Header name=\"x-step\">{}</Header>\n        </Headers>\n    </Set>\n    <AssignTo createNew=\"false\" transport=\"http\" type=\"request\"/>\n</AssignMessage>\n",
            words::noun(random)
        ),
    ];
    for (policy, text) in policies.iter().zip(texts) {
        writer.text(&format!("{folder}/policies/{policy}.xml"), &format!("{HEAD}\n{text}"));
    }
    writer.text(
        &format!("{folder}/resources/jsc/step.js"),
        "var verb = context.getVariable('request.verb');\ncontext.setVariable('step', verb === 'GET' ? 1 : 2);\n",
    );
}
