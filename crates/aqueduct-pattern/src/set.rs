//! Sets of small numbers, on the stack.

/// How many numbers a word has room for.
pub(crate) const WORD: usize = 64;
/// The most words.
pub(crate) const WORDS_MAX: usize = 8;
/// How many numbers the largest set has room for: a pattern of 4,096 characters has fewer conditions in an alternative.
pub(crate) const SIZE_MAX: usize = WORD * WORDS_MAX;

/// A set of numbers below 64 for each word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Set<WORDS> {
    /// The set with one number.
    pub(crate) fn of(number: usize) -> Self {
        std::iter::once(number).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0.get(number / WORD).is_some_and(|word| word & (1 << (number % WORD)) != 0)
    }

    /// Takes the numbers of another set away.
    pub(crate) fn remove(&mut self, other: Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= !other;
        }
    }

    /// The numbers, smallest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + use<WORDS> {
        self.0.into_iter().enumerate().flat_map(|(at, mut word)| {
            std::iter::from_fn(move || {
                let lowest = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(at * WORD + lowest)
            })
        })
    }
}

impl<const WORDS: usize> FromIterator<usize> for Set<WORDS> {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut words = [0; WORDS];
        for number in numbers {
            if let Some(word) = words.get_mut(number / WORD) {
                *word |= 1 << (number % WORD);
            }
        }
        Self(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_as_they_went_in() {
        let mut set: Set<WORDS_MAX> = [500, 0, 63, 64, 65].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 65, 500]);
        assert!(set.contains(64) && !set.contains(1) && !set.contains(9_999));
        set.remove([64, 0, 7].into_iter().collect());
        assert_eq!(set.iter().collect::<Vec<_>>(), [63, 65, 500]);
        set.remove(set);
        assert!(set.is_empty());
    }
}
