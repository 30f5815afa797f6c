//! How files are uploaded: as a single certificate, or as the chain that a migration needs.

use crate::{
    finding::{Findings, Level},
    model::{Model, openmanage::Mode},
};

/// Commands of the module.
const COMMANDS: &str = "`generate_csr`, `upload` and `upload_cert_chain`";

/// See the card.
pub(crate) fn upload_command(model: &Model, out: &mut Findings) {
    for it in &model.openmanage.deployments {
        let count = it.verdict.depth();
        if count > 1 {
            for (command, file, _) in it.uploads.iter().filter(|(.., mode)| *mode == Mode::Server) {
                let message = format!(
                    "`{}` holds a chain of {count} certificates and is uploaded as a single certificate: the upload succeeds, the appliance keeps the leaf alone, and a migration is refused later",
                    model.path(it.file)
                );
                let finding = out.report(message, *command, "uploads one certificate");
                finding.label(*file, "the chain");
                if let Some((_, at)) = it.verdict.leaf() {
                    finding.label(at, "all that the appliance keeps");
                }
                finding.help("use `command: upload_cert_chain` (OpenManage Enterprise 3.10, collection 9.6.0) or `ApplicationService.UploadCertChain`");
            }
        }
        if it.migrates
            && it.mode == Some(Mode::Server)
            && let Some((_, at)) = it.verdict.leaf()
        {
            let name = it.name.as_deref().unwrap_or("the appliance");
            let message = format!(
                "profile `{name}` says `mode = \"server\"` and names the peer of a migration, which needs a chain on both appliances: an upload of `{}` as a single certificate is taken, and the migration is refused later",
                model.path(it.file)
            );
            out.report(message, at, "meant for a migration")
                .help("upload leaf, intermediates and root as a chain, and say `mode = \"chain\"`");
        }
    }
    for said in model.openmanage.units.iter().flat_map(|(_, unit)| &unit.unknown_commands) {
        let message = format!(
            "`{}` is no command of `ome_application_certificate`, which knows {COMMANDS}: the task fails",
            said.trimmed()
        );
        out.report(message, said.at, "no such command")
            .level(Level::Error)
            .help("use `upload_cert_chain` for a migration, `upload` for a certificate alone");
    }
}
