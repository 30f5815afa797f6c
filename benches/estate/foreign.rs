//! Nine files of ten: source code, documents, settings, pictures and whatever else lies in a repository of many teams.

use std::fmt::Write as _;

use super::{
    Writer,
    prose::{self, Language},
    random::Random,
    words,
};

/// What a kind of file is made of.
enum Content {
    Text(&'static Language),
    /// Begins with these bytes, the rest is noise, as in whatever is compressed.
    Noise(&'static [u8]),
    Minified,
}

/// How many of a thousand, where it lies below the folder of a team, how its name ends, the least and most bytes.
struct Kind(usize, &'static str, &'static str, usize, usize, Content);

use Content::{Minified, Noise, Text};

const KINDS: &[Kind] = &[
    Kind(60, "crates/*/src/", ".rs", 700, 24_000, Text(&prose::RUST)),
    Kind(105, "python/*/*/", ".py", 500, 22_000, Text(&prose::PYTHON)),
    Kind(125, "web/src/*/*/", ".ts", 400, 18_000, Text(&prose::TYPESCRIPT)),
    Kind(55, "web/src/components/*/", ".tsx", 500, 12_000, Text(&prose::TYPESCRIPT)),
    Kind(95, "go/internal/*/", ".go", 600, 26_000, Text(&prose::GO)),
    Kind(110, "java/src/main/java/com/acme/*/*/", ".java", 900, 30_000, Text(&prose::JAVA)),
    Kind(40, "web/node_modules/*/lib/", ".js", 300, 16_000, Text(&prose::JAVASCRIPT)),
    Kind(25, "web/styles/", ".css", 300, 14_000, Text(&prose::STYLE)),
    Kind(15, "web/public/*/", ".html", 400, 20_000, Text(&prose::MARKUP)),
    Kind(60, "docs/*/", ".md", 300, 18_000, Text(&prose::MARKDOWN)),
    Kind(25, "web/node_modules/*/", "/package.json", 300, 4_000, Text(&prose::PACKAGE)),
    Kind(35, "fixtures/*/", ".json", 200, 30_000, Text(&prose::OBJECTS)),
    Kind(40, "deploy/k8s/*/", ".yaml", 400, 6_000, Text(&prose::DEPLOYMENT)),
    Kind(20, "api/*/", ".yaml", 900, 30_000, Text(&prose::INTERFACE)),
    Kind(8, ".github/workflows/", ".yml", 400, 6_000, Text(&prose::WORKFLOW)),
    Kind(22, "java/src/main/resources/db/", ".sql", 200, 24_000, Text(&prose::QUERIES)),
    Kind(15, "tools/", ".sh", 200, 6_000, Text(&prose::SCRIPT)),
    Kind(8, "crates/*/", ".toml", 200, 3_000, Text(&prose::SETTINGS)),
    Kind(14, "java/modules/*/", ".xml", 600, 14_000, Text(&prose::PROJECT)),
    Kind(12, "java/src/main/resources/", ".properties", 200, 8_000, Text(&prose::PROPERTIES)),
    Kind(4, "logs/", ".log", 60_000, 400_000, Text(&prose::RECORDS)),
    Kind(10, "api/proto/*/", ".proto", 300, 8_000, Text(&prose::PROTOCOL)),
    Kind(6, "fixtures/", ".csv", 1_000, 60_000, Text(&prose::TABLE)),
    Kind(4, "web/*/", "-package-lock.json", 100_000, 400_000, Text(&prose::LOCK)),
    Kind(8, "web/icons/", ".svg", 300, 8_000, Text(&prose::DRAWING)),
    Kind(6, "docker/*/", ".Dockerfile", 200, 2_000, Text(&prose::DOCKER)),
    Kind(6, "web/dist/", ".min.js", 40_000, 250_000, Minified),
    Kind(30, "web/public/img/*/", ".png", 900, 60_000, Noise(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    Kind(10, "docs/img/", ".jpg", 8_000, 150_000, Noise(b"\xff\xd8\xff\xe0\0\x10JFIF\0")),
    Kind(4, "web/public/fonts/", ".woff2", 9_000, 60_000, Noise(b"wOF2\0\x01\0\0")),
    Kind(12, "java/target/classes/com/acme/*/", ".class", 900, 16_000, Noise(b"\xca\xfe\xba\xbe\0\0\0\x41")),
    Kind(4, "fixtures/", ".gz", 2_000, 90_000, Noise(b"\x1f\x8b\x08\0\0\0\0\0\0\x03")),
    Kind(3, "java/libs/", ".jar", 20_000, 300_000, Noise(b"PK\x03\x04\x14\0\x08\x08")),
    Kind(2, "docs/", ".pdf", 20_000, 300_000, Noise(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")),
    Kind(2, "python/*/", ".so", 20_000, 200_000, Noise(b"\x7fELF\x02\x01\x01\0")),
];

/// Writes so many files that are none of our business below the folder of a team.
pub(crate) fn foreign(writer: &mut Writer, random: &mut Random, team: &str, count: usize) {
    // Few names for the folders of a team, so that they hold several files each.
    let parts = [(); 4].map(|()| words::noun(random));
    let all: usize = KINDS.iter().map(|it| it.0).sum();
    for number in 0..count {
        let mut at = random.below(all);
        let kind = KINDS.iter().find(|it| {
            let found = at < it.0;
            at = at.saturating_sub(it.0);
            found
        });
        let Some(Kind(_, folder, end, least, most, content)) = kind else { continue };
        let mut path = format!("{team}/");
        for letter in folder.chars() {
            if letter == '*' { path.push_str(random.pick(&parts)) } else { path.push(letter) }
        }
        let _ = write!(path, "{}-{number}{end}", words::verb(random));
        let size = random.size(*least, *most);
        let bytes = match content {
            Text(language) => language.text(random, size),
            Noise(magic) => {
                let mut bytes = magic.to_vec();
                bytes.extend(random.bytes(size));
                bytes
            }
            Minified => prose::minified(random, size),
        };
        writer.file(&path, &bytes);
    }
}
