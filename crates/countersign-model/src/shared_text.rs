//! Short texts that a long history repeats many thousands of times: recently read ones are shared,
//! not checked or allocated again.
//!
//! Each thread remembers its own. What a text means never depends on what was read before it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;
use std::thread::LocalKey;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// What one thread has read lately.
pub(super) type RecentTexts<T> = RefCell<HashMap<Box<str>, T>>;

/// Texts that are remembered at a time.
const MOST: usize = 4096;
/// Bytes of the longest text that is remembered: some come from commits, where anyone can write
/// anything.
const MOST_BYTES: usize = 512;

/// What `text` means, read with `read` unless this thread knows it.
pub(super) fn cached<T: Clone, E>(
    recent: &'static LocalKey<RecentTexts<T>>,
    text: &str,
    read: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, E> {
    recent.with_borrow_mut(|recent| {
        if let Some(found) = recent.get(text) {
            return Ok(found.clone());
        }
        let value = read(text)?;
        if text.len() > MOST_BYTES {
            return Ok(value);
        }
        if recent.len() >= MOST {
            recent.clear();
        }
        recent.insert(text.into(), value.clone());
        Ok(value)
    })
}

/// Any text, shared.
pub fn shared(text: &str) -> Arc<str> {
    thread_local!(static RECENT: RecentTexts<Arc<str>> = RefCell::default());
    let found: Result<Arc<str>, std::convert::Infallible> =
        cached(&RECENT, text, |text| Ok(text.into()));
    let Ok(found) = found;
    found
}

/// Deserializes what is written as a text, without a copy if it is in memory.
pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    struct Text<T>(PhantomData<T>);
    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text(PhantomData))
}

/// A text that is shared when it is read, for fields of this type.
pub fn deserialize_shared<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<str>, D::Error> {
    deserialize(deserializer).map(|Shared(text)| text)
}

/// The same for an optional text.
pub fn deserialize_shared_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Arc<str>>, D::Error> {
    Ok(Option::<Shared>::deserialize(deserializer)?.map(|Shared(text)| text))
}

struct Shared(Arc<str>);

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        self::deserialize(deserializer)
    }
}

impl FromStr for Shared {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(shared(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Name, Version};

    #[test]
    fn what_was_read_before_is_the_same_and_what_is_wrong_stays_wrong() {
        let name: Name = "pdf-tools".parse().expect("a name");
        for index in 0..2 * MOST {
            assert_eq!(
                format!("n{index}")
                    .parse::<Name>()
                    .expect("a name")
                    .as_str(),
                format!("n{index}")
            );
            assert!(format!("n {index}").parse::<Name>().is_err());
        }
        assert_eq!("pdf-tools".parse::<Name>().expect("a name"), name);
        for _ in 0..2 {
            assert!(Version::parse("1.2").is_err());
            assert!(Version::parse("0.0.0-sha0123456789ab").is_ok());
            assert!(
                Version::declared("0.0.0-sha0123456789ab").is_err(),
                "known, and still reserved"
            );
        }
        assert!(Arc::ptr_eq(&shared("a/b"), &shared("a/b")));
    }
}
