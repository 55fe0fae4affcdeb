//! Names as head and structured data write them: with roles and letters behind a comma, or the surname first.
//!
//! What holds: of what is given as one line at least the first whole name stays.

use super::features::is_desk;
use super::names::{self, is_capital, shape};
use super::nobody;

/// The names that structured data gives as one person's or several persons': what a person is stands behind a whole name.
pub(super) fn names(line: &str) -> Vec<String> {
    let mut names = names::names(line);
    let is_whole = |name: &String| name.contains(' ') && shape(name) >= 0.8;
    if names.first().is_some_and(is_whole) && line.contains(',') {
        let mut at = 0;
        names.retain(|name| {
            at += 1;
            at == 1 || is_whole(name) && !nobody::begins_with_letters(name) || is_desk(&name.to_lowercase())
        });
    }
    names
}

/// `Bell, Ann D` as it is spoken; `None` where it may be two names.
pub(super) fn turned(line: &str, by_surname: bool) -> Option<String> {
    let (surname, given) = line.split_once(',')?;
    let (surname, given) = (surname.trim(), given.trim());
    let is_initial = |w: &str| w.trim_end_matches('.').chars().count() == 1 && is_capital(w);
    let initials = given.split(' ').any(is_initial) && given.split(' ').count() <= 3;
    let one = !surname.contains(' ') && !given.contains(',') && is_capital(surname) && shape(given) > 0.0;
    (one && (by_surname || initials)).then(|| format!("{given} {surname}"))
}
