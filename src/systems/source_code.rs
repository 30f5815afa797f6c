//! Sources of programs and pages for people: they quote configuration and dumps of everybody, and are none. In formats that
//! configuration is written in too (JSON, YAML, shell) nothing follows from the ending, and each system decides by itself.

/// Endings, lower case, of what is compiled or shown: nothing in such a file is of interest, and it is not even opened.
#[rustfmt::skip]
const COMPILED: &[&str] = &[
    "adoc", "c", "cc", "cpp", "cs", "cshtml", "css", "cxx", "diff", "go", "gradle", "h", "hcl", "hpp", "htm", "html", "ipynb",
    "java", "jsx", "kt", "less", "markdown", "md", "patch", "proto", "rs", "rst", "sass", "scala", "scss", "sql", "svg",
    "tf", "ts", "tsx", "vb", "vue",
];

/// Endings of scripts, which systems run by their first line.
#[rustfmt::skip]
const SCRIPTS: &[&str] = &[
    "cjs", "erl", "ex", "exs", "groovy", "js", "lua", "mjs", "php", "pl", "pm", "py", "rb", "swift", "t", "vbs", "vim",
];

fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// Whether a name, in lower case, is that of such a file.
pub(super) fn is_named(name: &str) -> bool {
    is_compiled(name) || ending(name).is_some_and(|it| SCRIPTS.binary_search(&it).is_ok())
}

/// Whether nothing needs to be read of a file of this name, in lower case.
pub(super) fn is_compiled(name: &str) -> bool {
    ending(name).is_some_and(|it| COMPILED.binary_search(&it).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_can_be_searched() {
        assert!(COMPILED.is_sorted() && SCRIPTS.is_sorted());
        assert!(is_named("lib.rs") && is_named("run.py") && !is_named("rs") && !is_named("nginx.conf"));
        assert!(is_compiled("lib.rs") && !is_compiled("run.py"));
    }
}
