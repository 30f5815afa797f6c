//! Commands as they stand in scripts of people.

use proptest::prelude::*;

use super::{Script, read};
use crate::{
    model::iis::{Command, CommandKind},
    source::{FileId, Location, Place, Span},
    syntax::commands::Dialect,
};

fn commands(text: &str, dialect: Dialect) -> Vec<Command> {
    let place = |span: Span| Location::text(FileId(0), span);
    let mut found = Vec::new();
    let powershell = dialect == Dialect::PowerShell;
    read(text, Script { dialect, powershell, place: &place }, &mut found);
    for command in &found {
        for at in command.arguments.iter().map(|(_, said)| said.at).chain([command.at]) {
            let Place::Text(span) = at.place else { panic!("{at:?}") };
            assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
        }
    }
    found
}

fn arguments(command: &Command) -> Vec<(&str, &str)> {
    command.arguments.iter().map(|(name, said)| (&**name, &*said.text)).collect()
}

const APP: &str = "{4dc3e181-e14b-4a21-b022-59fc669b0914}";

#[test]
fn netsh_is_read_in_batch_files() {
    let text = format!(
        "@echo off\r\nrem netsh http add sslcert ipport=1.1.1.1:1\r\n\
        netsh http add sslcert ipport=0.0.0.0:443 ^\r\n  certhash=%THUMB% appid={APP} certstorename=MY >nul 2>&1\r\n\
        C:\\Windows\\System32\\netsh.exe http delete sslcert 172.16.0.41:443\r\n\
        if errorlevel 1 (netsh http update sslcert hostnameport=\"a.test:443\" appid=\"{APP}\")\r\n\
        for %%i in (1 2) do netsh http add sslcert ccs=443 appid={APP}\r\nnetsh http show sslcert\r\n"
    );
    let found = commands(&text, Dialect::Cmd);
    let kinds: Vec<CommandKind> = found.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [CommandKind::NetshAdd, CommandKind::NetshDelete, CommandKind::NetshUpdate, CommandKind::NetshAdd]
    );
    assert_eq!(
        arguments(&found[0]),
        [("ipport", "0.0.0.0:443"), ("certhash", "%THUMB%"), ("appid", APP), ("certstorename", "MY")]
    );
    assert_eq!(arguments(&found[1]), [("ipport", "172.16.0.41:443")]);
    assert_eq!(found[2].argument("hostnameport").unwrap().text, "a.test:443");
    assert!(found.iter().all(|it| it.bare_braces.is_none()));
    let Place::Text(span) = found[1].at.place else { panic!() };
    assert_eq!(&text[span.range()], "C:\\Windows\\System32\\netsh.exe http delete sslcert 172.16.0.41:443");
}

#[test]
fn netsh_is_read_in_powershell() {
    let text = format!(
        "# netsh http add sslcert ccs=1\nnetsh http add sslcert `\n ipport=0.0.0.0:443 `\n certhash=$thumb appid={APP}\n\
        & netsh http add sslcert \"hostnameport=$($h):443\" 'appid={APP}' certhash=\"$t\" certstorename=MY\n\
        $cmd = \"netsh http add sslcert ccs=443 appid={APP}\"\n\
        Start-Process netsh -ArgumentList \"http delete sslcert ccs=443\"\n\
        if ($x) {{ netsh http delete sslcert ipport=10.0.0.1:443 | Out-Null }}\n\
        $out = (netsh http update sslcert ipport=10.0.0.2:443 appid='{APP}')\n"
    );
    let found = commands(&text, Dialect::PowerShell);
    let kinds: Vec<CommandKind> = found.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            CommandKind::NetshAdd,
            CommandKind::NetshAdd,
            CommandKind::NetshAdd,
            CommandKind::NetshDelete,
            CommandKind::NetshDelete,
            CommandKind::NetshUpdate,
        ]
    );
    let bare: Vec<bool> = found.iter().map(|it| it.bare_braces.is_some()).collect();
    assert_eq!(bare, [true, false, false, false, false, false]);
    assert_eq!(
        arguments(&found[1]),
        [("hostnameport", "$($h):443"), ("appid", APP), ("certhash", "$t"), ("certstorename", "MY")]
    );
    assert_eq!(arguments(&found[2]), [("ccs", "443"), ("appid", APP)]);
    assert_eq!(arguments(&found[3]), [("ccs", "443")]);
    assert_eq!(arguments(&found[4]), [("ipport", "10.0.0.1:443")]);
}

#[test]
fn what_is_only_said_is_not_done() {
    let text = "Write-Host \"run netsh http add sslcert ccs=443 appid={x}\"\nthrow 'netsh http delete sslcert ccs=443'\n";
    assert!(commands(text, Dialect::PowerShell).is_empty());
    assert!(commands("@echo netsh http delete sslcert ccs=443\r\n", Dialect::Cmd).is_empty());
    let text = "netsh http add sslcert hostnameport = a.test:443 certhash= AB certstorename=MY";
    assert_eq!(
        arguments(&commands(text, Dialect::Cmd)[0]),
        [("hostnameport", "a.test:443"), ("certhash", "AB"), ("certstorename", "MY")]
    );
}

#[test]
fn cmdlets_are_read() {
    let text = "New-WebBinding -Name 'Default Web Site' -IP '*' -Port 443 -Protocol https -HostHeader $h -SslFlags:3 -Force\n\
        New-IISSiteBinding -Name Web -BindingInformation \"*:443:a.test\" -CertificateThumbPrint $t \
        -CertStoreLocation \"Cert:\\LocalMachine\\WebHosting\" -SslFlag \"Sni\" -Protocol https\n\
        Get-Item cert:\\LocalMachine\\My\\$t | New-Item IIS:\\SslBindings\\0.0.0.0!443\n\
        New-Item -Path \"IIS:\\SslBindings\\!443!a.test\" -SSLFlags 3\n\
        New-Item C:\\temp -ItemType Directory\n\
        $b = Get-WebBinding -Name x; $b.AddSslCertificate($cert.GetCertHashString(), \"my\")\n\
        (Get-WebBinding -Name x -Protocol https).AddSslCertificate('AB', 'WebHosting')\n\
        New-WebBinding @params\n";
    let found = commands(text, Dialect::PowerShell);
    assert_eq!(
        arguments(&found[0]),
        [
            ("name", "Default Web Site"),
            ("ipaddress", "*"),
            ("port", "443"),
            ("protocol", "https"),
            ("hostheader", "$h"),
            ("sslflags", "3"),
            ("force", ""),
        ]
    );
    assert_eq!(found[1].kind, CommandKind::NewIisSiteBinding);
    assert_eq!(found[1].argument("certhash").unwrap().text, "$t");
    assert_eq!(found[1].argument("sslflags").unwrap().text, "Sni");
    assert_eq!(arguments(&found[2])[1..], [("ipaddress", "0.0.0.0"), ("port", "443")]);
    assert_eq!(arguments(&found[3])[1..], [("sslflags", "3"), ("port", "443"), ("hostheader", "a.test")]);
    assert_eq!(arguments(&found[4]), [("certhash", "$cert.GetCertHashString()"), ("certstorename", "my")]);
    assert_eq!(arguments(&found[5]), [("certhash", "AB"), ("certstorename", "WebHosting")]);
    assert_eq!(arguments(&found[6]), [("splat", "@params")]);
    assert_eq!(found.len(), 7);
}

#[test]
fn appcmd_and_resources_are_read() {
    let text = "%windir%\\system32\\inetsrv\\appcmd.exe set site /site.name:\"My Site\" \
        /bindings.[protocol='https',bindingInformation='*:443:a.test'].sslFlags:3\r\n\
        appcmd set config -section:system.applicationHost/sites \
        /+\"[name='W'].bindings.[protocol='https',bindingInformation='*:443:',sslFlags='1']\" /commit:apphost\r\n\
        appcmd list site\r\nappcmd set site /site.name:x /serverAutoStart:false\r\n";
    let found = commands(text, Dialect::Cmd);
    assert_eq!(found.len(), 2);
    assert_eq!(
        arguments(&found[0]),
        [
            ("name", "My Site"),
            ("protocol", "https"),
            ("bindinginformation", "*:443:a.test"),
            ("sslflags", "3")
        ]
    );
    assert_eq!(found[1].argument("sslflags").unwrap().text, "1");
    assert_eq!(found[1].argument("name").unwrap().text, "W");
    let text = "xWebsite Web {\n Ensure = 'Present'\n BindingInfo = @(\n  MSFT_xWebBindingInformation {\n\
        Protocol = 'HTTPS'\n Port=443\n HostName = $Node.Host\n CertificateThumbprint = (Get-X $y).Thumbprint\n\
        CertificateStoreName = 'MY'; SslFlags = '1'\n }\n  DSC_WebBindingInformation { Protocol = 'http'; Port = 80 }\n )\n}\n";
    let found = commands(text, Dialect::PowerShell);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        arguments(&found[0]),
        [
            ("protocol", "HTTPS"),
            ("port", "443"),
            ("hostheader", "$Node.Host"),
            ("certhash", "(Get-X $y).Thumbprint"),
            ("certstorename", "MY"),
            ("sslflags", "1"),
        ]
    );
    assert_eq!(arguments(&found[1]), [("protocol", "http"), ("port", "80")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_script_is_read(
        text in "(netsh http add sslcert |netsh http delete sslcert |ipport=|certhash=|appid=|'|\"|\\{|\\}|`|\\^|\n| |New-WebBinding |-Name |\
            New-Item |IIS:\\\\SslBindings\\\\|!443|\\.AddSslCertificate\\(|\\)|,|appcmd set site |sslFlags=|/site\\.name:|\
            DSC_WebBindingInformation|=|é|\\$x|[a-z]){0,30}"
    ) {
        for dialect in [Dialect::Cmd, Dialect::PowerShell, Dialect::Posix] {
            commands(&text, dialect);
        }
    }
}
