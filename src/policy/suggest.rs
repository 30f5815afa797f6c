//! "Did you mean": the nearest of the known words.

/// The known word that is nearest to what was written, where one is near enough.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let bound = (written.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|word| (distance(&written, word), word))
        // The last part of a rule's id is what people remember.
        .map(|(far, word)| match word.rsplit_once('/') {
            Some((_, name)) if !written.contains('/') => (far.min(distance(&written, name)), word),
            _ => (far, word),
        })
        .filter(|(far, _)| *far <= bound)
        .min()
        .map(|(_, word)| word)
}

/// How many characters must be put in, taken out, replaced or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
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
