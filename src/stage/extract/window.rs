//! A partition's pages in flight, and the offset up to which all are done.
//!
//! What holds: [`Window::committable`] never passes a page that is not complete, in whatever order pages complete.

use std::collections::VecDeque;

/// See the module. Offsets rise, with gaps where the log has gaps.
#[derive(Debug, Default)]
pub struct Window {
    pages: VecDeque<(i64, bool)>,
    next: Option<i64>,
    end: Option<i64>,
}

impl Window {
    /// A page at `offset` is in flight.
    pub fn push(&mut self, offset: i64) {
        debug_assert!(self.pages.back().is_none_or(|(last, _)| *last < offset), "offsets rise");
        self.next.get_or_insert(offset);
        self.end = Some(offset + 1);
        self.pages.push_back((offset, false));
    }

    /// The page at `offset` is done: its candidates are acknowledged, or it was skipped or dead-lettered.
    pub fn complete(&mut self, offset: i64) {
        if let Ok(at) = self.pages.binary_search_by_key(&offset, |(offset, _)| *offset) {
            self.pages[at].1 = true;
            if cfg!(feature = "mutant-unordered-commit") {
                self.next = self.next.max(Some(offset + 1));
            }
        }
        while let Some((offset, true)) = self.pages.front() {
            self.next = self.next.max(Some(offset + 1));
            self.pages.pop_front();
        }
    }

    /// The offset to commit: that of the first page that is not done. `None` before the first page.
    pub fn committable(&self) -> Option<i64> {
        self.next
    }

    /// Behind the last page that was taken in; `None` before the first.
    pub fn end(&self) -> Option<i64> {
        self.end
    }

    /// Pages in flight, done ones behind an undone one included.
    pub fn len(&self) -> usize {
        self.pages.len()
    }

    /// True where none is in flight.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_for_the_first() {
        let mut w = Window::default();
        assert_eq!(w.committable(), None);
        for offset in [5, 6, 9] {
            w.push(offset);
        }
        w.complete(6);
        w.complete(9);
        assert_eq!((w.committable(), w.len()), (Some(5), 3));
        w.complete(5);
        assert_eq!((w.committable(), w.is_empty()), (Some(10), true));
    }

    proptest! {
        #[test]
        fn never_passes_an_open_page(order in Just((0i64..40).collect::<Vec<_>>()).prop_shuffle(), done in 0usize..40) {
            let mut w = Window::default();
            (0..40).for_each(|offset| w.push(offset));
            order[..done].iter().for_each(|offset| w.complete(*offset));
            let first_open = order[done..].iter().min().copied().unwrap_or(40);
            prop_assert_eq!(w.committable(), Some(first_open));
        }
    }
}
