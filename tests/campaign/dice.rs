//! Chance that a seed repeats.

/// xorshift64*.
pub struct Dice(u64);

impl Dice {
    /// Of a seed, and of a number that keeps dice of one seed apart.
    pub fn new(seed: u64, number: u64) -> Self {
        Dice((seed << 8 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }

    /// All of `cards` in another order.
    pub fn shuffle<T: Clone>(&mut self, cards: &[T]) -> Vec<T> {
        let mut deck = cards.to_vec();
        (1..deck.len()).for_each(|at| deck.swap(at, self.roll(at + 1)));
        deck
    }
}

/// Every card once in the order that they have, from one of them on; then again and again in an order by chance.
pub struct Deck<T: 'static> {
    cards: &'static [T],
    left: Vec<T>,
}

impl<T: Clone> Deck<T> {
    /// Of these cards, at least one. Decks that begin at different cards show them all in a short time.
    pub fn new(cards: &'static [T], first: usize) -> Self {
        let mut left = cards.to_vec();
        left.rotate_left(first % cards.len());
        left.reverse();
        Deck { cards, left }
    }

    /// The next one.
    pub fn draw(&mut self, dice: &mut Dice) -> T {
        if self.left.is_empty() {
            self.left = dice.shuffle(self.cards);
        }
        self.left.pop().expect("at least one card")
    }
}
