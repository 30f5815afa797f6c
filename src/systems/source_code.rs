//! Sources of programs and pages for people: they quote configuration and dumps of everybody, and are none.

/// Endings of names, lower case. In formats that configuration is written in too (JSON, YAML, shell) nothing follows from
/// the ending, and each system decides by itself.
const ENDINGS: &[&str] = &[
    "adoc", "c", "cc", "cjs", "cpp", "cs", "cshtml", "css", "cxx", "diff", "erl", "ex", "exs", "go",
    "gradle", "groovy", "h", "hcl", "hpp", "htm", "html", "ipynb", "java", "js", "jsx", "kt", "less", "lua",
    "markdown", "md", "mjs", "patch", "php", "pl", "pm", "proto", "py", "rb", "rs", "rst", "sass", "scala",
    "scss", "sql", "svg", "swift", "t", "tf", "ts", "tsx", "vb", "vbs", "vim", "vue",
];

/// Whether a name is that of such a file.
pub(super) fn is_named(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.binary_search(&ending).is_ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn endings_can_be_searched() {
        assert!(super::ENDINGS.is_sorted());
        assert!(super::is_named("lib.rs") && !super::is_named("rs") && !super::is_named("nginx.conf"));
    }
}
