//! "Did you mean": the known word that a mistyped one is nearest to.

/// How alike two words must be, from 0 to 1.
const ALIKE: f32 = 0.6;

/// Beyond so many candidates only those with the same first letter are compared.
const MANY: usize = 500;

/// So many alike words are weighed by their mistakes.
const CLOSE: usize = 5;

/// Longer words are nobody's typing mistake.
const LONGEST: usize = 100;

/// The candidate that `word` is most likely meant to be: the same but for letter case, `-` and `_`, or with letters
/// that changed places, or else the most alike one, if any is alike at all.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let alike_in_length = |candidate: &&str| candidate.len().abs_diff(word.len()) <= word.len();
    let candidates = candidates.into_iter().filter(|candidate| *candidate != word).filter(alike_in_length);
    let mut candidates: Vec<&str> = candidates.collect();
    if let Some(same) = candidates.iter().find(|candidate| folded(candidate).eq(folded(word))) {
        return Some(same);
    }
    if candidates.len() > MANY {
        let first = folded(word).next();
        candidates.retain(|candidate| folded(candidate).next() == first);
        candidates.truncate(MANY);
    }
    let letters = sorted(word);
    if let Some(same) = candidates.iter().find(|c| c.len() == word.len() && sorted(c) == letters) {
        return Some(same);
    }
    let close = similar::get_close_matches(word, &candidates, CLOSE, ALIKE);
    // Of those alike the one with the fewest mistakes: `prot` shares more letters with `project` than with `ports`.
    close.into_iter().min_by_key(|candidate| mistakes(word, candidate))
}

/// How many letters were left out, put in, taken for another, or changed places with their neighbour.
fn mistakes(word: &str, meant: &str) -> usize {
    let (word, meant): (Vec<char>, Vec<char>) = (folded(word).collect(), folded(meant).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=meant.len()).collect()];
    for (at, letter) in word.iter().enumerate() {
        let mut row = vec![at + 1];
        for (to, wanted) in meant.iter().enumerate() {
            let taken = rows[at][to] + usize::from(letter != wanted);
            let mut least = taken.min(rows[at][to + 1] + 1).min(row[to] + 1);
            if at > 0 && to > 0 && word[at - 1] == *wanted && meant[to - 1] == *letter {
                least = least.min(rows[at - 1][to - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[word.len()][meant.len()]
}

fn folded(word: &str) -> impl Iterator<Item = char> + '_ {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase)
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// `a`, `b` and `c` in backticks; of many the first twelve and how many more there are.
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    let shown: Vec<String> = words.iter().take(12).map(|word| format!("`{word}`")).collect();
    match (shown.split_last(), words.len() - shown.len()) {
        (None, _) => "nothing".to_owned(),
        (Some((only, [])), 0) => only.clone(),
        (Some((last, others)), 0) => format!("{} or {last}", others.join(", ")),
        (Some(_), more) => format!("{} or one of {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_dashes_count_before_likeness() {
        assert_eq!(nearest("min_instance_count", ["minInstances", "minInstanceCount"]), Some("minInstanceCount"));
        assert_eq!(nearest("enterprise", ["ENTERPRISE_PLUS", "ENTERPRISE"]), Some("ENTERPRISE"));
    }

    #[test]
    fn a_typing_mistake_finds_its_word_and_a_foreign_word_none() {
        assert_eq!(nearest("imgae", ["image", "env", "scaling"]), Some("image"));
        assert_eq!(nearest("ulr", ["uri", "url"]), Some("url"));
        assert_eq!(nearest("prot", ["project", "ports", "image"]), Some("ports"));
        assert_eq!(nearest("sacling", ["scaling", "labels"]), Some("scaling"));
        assert_eq!(nearest("zebra", ["image", "env", "scaling"]), None);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` or `c`");
        let many: Vec<String> = (0..20).map(|n| n.to_string()).collect();
        assert!(listed(many.iter().map(String::as_str)).ends_with("`11` or one of 8 more"));
    }
}
