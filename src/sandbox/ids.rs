//! Names and numbers that Google would draw at random, here drawn from a seed and a counter.

/// A sequence of pseudo-random numbers: the same seed and counter give the same cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// Chosen once for a cloud.
    pub seed: u64,
    /// How many were drawn.
    pub counter: u64,
}

impl Ids {
    /// A fresh sequence.
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }

    /// The next number (splitmix64).
    pub fn draw(&mut self) -> u64 {
        self.counter += 1;
        mix(self.seed.wrapping_add(self.counter.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.draw() % (high - low + 1)
    }

    /// `length` characters of `alphabet`.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| letters[(self.draw() % letters.len() as u64) as usize]).collect()
    }

    /// Hexadecimal digits.
    pub fn hex(&mut self, length: usize) -> String {
        self.text("0123456789abcdef", length)
    }

    /// Decimal digits, the first not zero.
    pub fn digits(&mut self, length: usize) -> String {
        let first = self.text("123456789", 1);
        first + &self.text("0123456789", length.saturating_sub(1))
    }

    /// Lower-case letters and digits.
    pub fn lower(&mut self, length: usize) -> String {
        self.text("abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    /// The numeric id of a compute resource: up to 19 digits.
    pub fn numeric(&mut self) -> String {
        self.digits(19).replacen(|c: char| c > '8', "8", 1)
    }

    /// A UUID.
    pub fn uuid(&mut self) -> String {
        let hex = self.hex(31);
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
    }

    /// `length` pseudo-random bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.draw() as u8).collect()
    }
}

/// Spreads the bits of a number (the finaliser of splitmix64).
pub fn mix(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number that depends on a text only.
pub fn hash(text: &str) -> u64 {
    mix(text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_names() {
        let (mut a, mut b) = (Ids::new(7), Ids::new(7));
        assert_eq!(a.uuid(), b.uuid());
        assert_ne!(a.uuid(), a.uuid());
        assert_eq!(a.uuid().len(), 36);
    }

    #[test]
    fn numeric_ids_fit_into_64_bits() {
        let mut ids = Ids::new(1);
        for _ in 0..1000 {
            let id: u64 = ids.numeric().parse().unwrap();
            assert!(id >= 1_000_000_000_000_000_000);
        }
    }
}
