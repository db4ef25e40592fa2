//! JSON as harnesses read it, with every value of a repeated key: one reader takes the first,
//! another the last.

use std::fmt;

use countersign_model::document::json;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Text(String),
    List(Vec<Self>),
    /// In the order of the file; a key may be there more than once.
    Object(Vec<(String, Self)>),
    /// A number, a truth value or null.
    Other,
}

impl Json {
    /// Every value of `key`.
    pub fn all<'j>(&'j self, key: &str) -> impl Iterator<Item = &'j Self> {
        self.fields()
            .filter(move |(name, _)| *name == key)
            .map(|(_, value)| value)
    }

    /// The fields of an object.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Self)> {
        let fields = if let Self::Object(fields) = self {
            fields.as_slice()
        } else {
            &[]
        };
        fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The items of a list.
    pub fn items(&self) -> impl Iterator<Item = &Self> {
        if let Self::List(items) = self {
            items.iter()
        } else {
            [].iter()
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// Whether it is an object, or a list with one in it.
    pub fn holds_object(&self) -> bool {
        matches!(self, Self::Object(_)) || self.items().any(|item| matches!(item, Self::Object(_)))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}

/// What a manifest says, read once for all the places where the same file is.
#[derive(Clone, Debug)]
pub struct ManifestContent {
    /// `None` when it is not JSON, or nested deeper than 128 levels.
    pub(super) json: Option<Json>,
    /// Whether the text of an unreadable manifest may name a plugin's parts.
    pub(super) may_name: bool,
}

/// Fields that only a plugin's manifest or a marketplace is likely to have, as text.
const HINTS: [&str; 8] = [
    "\"agents\"",
    "\"commands\"",
    "\"hooks\"",
    "\"lspservers\"",
    "\"mcpservers\"",
    "\"plugins\"",
    "\"skills\"",
    "\\u",
];

impl ManifestContent {
    /// Reads the file.
    pub fn of(bytes: &[u8]) -> Self {
        let json = json::read_generously(bytes);
        let may_name = json.is_none() && {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            HINTS.iter().any(|hint| text.contains(hint))
        };
        Self { json, may_name }
    }
}

/// Whether a JSON file has a key twice in one object: one reader takes the first value, another the
/// last. `false` for what is no JSON.
pub fn has_repeated_key(bytes: &[u8]) -> bool {
    let json: Option<Json> = json::read_generously(bytes);
    json.is_some_and(|json| repeats(&json))
}

fn repeats(json: &Json) -> bool {
    let mut names: Vec<&str> = json.fields().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|two| two[0] == two[1])
        || json.fields().any(|(_, value)| repeats(value))
        || json.items().any(repeats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_repeated_key_counts() {
        let content = ManifestContent::of(b"\xef\xbb\xbf{\"a\": 1, // x\r \"a\": [\"b\"],}");
        let json = content.json.expect("JSON");
        assert_eq!(json.all("a").count(), 2);
        assert_eq!(
            json.all("a")
                .flat_map(Json::items)
                .filter_map(Json::text)
                .collect::<Vec<_>>(),
            ["b"]
        );
    }

    #[test]
    fn what_cannot_be_read_may_still_name_something() {
        let deep = format!(
            "{{\"x\": {}{}, \"commands\": \"./c\"}}",
            "[".repeat(200),
            "]".repeat(200)
        );
        let content = ManifestContent::of(deep.as_bytes());
        assert!(content.json.is_none() && content.may_name);
        assert!(!ManifestContent::of(b"{{ template }}").may_name);
    }
}
