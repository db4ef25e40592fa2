//! A forge's answers, saved: for tests, for an auditor without a network, and to look again at what was judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Forge, ForgeError, Pull, PullRequest};
use crate::model::ObjectId;

/// Saved answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// [`Recorded::SCHEMA`].
    schema: String,
    /// What was told of each pull request.
    pulls: Vec<Pull>,
    /// Numbers of the pull requests of each commit that was asked about.
    commits: BTreeMap<ObjectId, Vec<u64>>,
}

impl Default for Recorded {
    fn default() -> Self {
        Self { schema: Self::SCHEMA.to_owned(), pulls: Vec::new(), commits: BTreeMap::new() }
    }
}

impl Recorded {
    /// The one version of the format.
    pub const SCHEMA: &'static str = "countersign.answers/v1";
    /// Largest file, in bytes.
    pub const MOST_BYTES: usize = 64 << 20;

    /// Reads saved answers.
    pub fn read(bytes: &[u8]) -> Result<Self, ForgeError> {
        let malformed = |why: String| ForgeError::Malformed(why);
        if bytes.len() > Self::MOST_BYTES {
            return Err(malformed("more than 64 MiB".to_owned()));
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        if read.schema != Self::SCHEMA {
            return Err(malformed(format!("the schema is not {}", Self::SCHEMA)));
        }
        let mut numbers: Vec<u64> = read.pulls.iter().map(|pull| pull.request.number).collect();
        numbers.sort_unstable();
        if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(malformed(format!("pull request {} stands there twice", pair[0])));
        }
        Ok(read)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("answers are plain data");
        text.push('\n');
        text
    }

    /// Adds a pull request, or replaces what was known of it.
    pub fn add(&mut self, pull: Pull) {
        self.pulls.retain(|known| known.request.number != pull.request.number);
        self.pulls.push(pull);
    }

    /// Adds that `commit` came with these pull requests.
    pub fn came_with(&mut self, commit: ObjectId, pulls: &[u64]) {
        self.commits.insert(commit, pulls.to_vec());
    }
}

impl Forge for Recorded {
    fn pull(&self, number: u64) -> Result<Pull, ForgeError> {
        let found = self.pulls.iter().find(|pull| pull.request.number == number);
        found.cloned().ok_or_else(|| ForgeError::NotRecorded(format!("pull request {number}")))
    }

    fn pulls_of(&self, commit: ObjectId) -> Result<Vec<PullRequest>, ForgeError> {
        let numbers = self.commits.get(&commit).ok_or_else(|| ForgeError::NotRecorded(format!("commit {commit}")))?;
        numbers.iter().map(|number| self.pull(*number).map(|pull| pull.request)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_and_what_is_written_is_read() {
        for bad in ["", "{}", "[]", r#"{"schema":"countersign.answers/v2","pulls":[],"commits":{}}"#] {
            assert!(Recorded::read(bad.as_bytes()).is_err(), "{bad}");
        }
        let mut answers = Recorded::default();
        let commit = ObjectId::from_bytes(&[7; 20]).expect("20 bytes");
        answers.came_with(commit, &[]);
        let again = Recorded::read(answers.text().as_bytes()).expect("what was just written");
        assert_eq!(again, answers);
        assert_eq!(again.pulls_of(commit), Ok(Vec::new()));
        assert!(matches!(again.pull(1), Err(ForgeError::NotRecorded(_))));
    }
}
