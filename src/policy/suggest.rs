//! "Did you mean": the nearest of the known words.

use strsim::osa_distance;

/// The known word that is nearest to what was written, where one is near enough.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let bound = (written.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|word| (osa_distance(&written, word), word))
        // The last part of a rule's id is what people remember.
        .map(|(far, word)| match word.rsplit_once('/') {
            Some((_, name)) if !written.contains('/') => (far.min(osa_distance(&written, name)), word),
            _ => (far, word),
        })
        .filter(|(far, _)| *far <= bound)
        .min()
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let rules = ["cert/expired", "cert/expiring", "key/mismatch"];
        assert_eq!(nearest("cert-expired", rules), Some("cert/expired"));
        assert_eq!(nearest("mismatch", rules), Some("key/mismatch"));
        assert_eq!(nearest("cert/expierd", rules), Some("cert/expired"));
        assert_eq!(nearest("nginx/reload", rules), None);
        assert_eq!(nearest("", rules), None);
    }
}
