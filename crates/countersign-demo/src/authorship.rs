//! Who makes a commit: what its headers claim and whose key signs, independent of each other.

use super::person::Person;

/// Who makes a commit, and how.
#[derive(Clone, Debug)]
pub struct Authorship {
    /// `Name <email>` of the author.
    pub author: String,
    /// `Name <email>` of the committer.
    pub committer: String,
    /// `seconds zone` of the author instead of the clock's.
    pub author_date: Option<String>,
    /// `seconds zone` of the committer instead of the clock's.
    pub committer_date: Option<String>,
    /// Whose key signs.
    pub signer: Option<Person>,
    /// Further headers.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl From<&Person> for Authorship {
    fn from(person: &Person) -> Self {
        let identity = person.identity();
        let (author_date, committer_date, headers) = (None, None, Vec::new());
        Self {
            author: identity.clone(),
            committer: identity,
            author_date,
            committer_date,
            signer: None,
            headers,
        }
    }
}

impl Person {
    /// `Name <email>`, as in a commit.
    pub fn identity(&self) -> String {
        format!("{} <{}>", self.printed, self.email)
    }

    /// Commits of this person, signed with their key.
    pub fn signed(&self) -> Authorship {
        Authorship {
            signer: Some(self.clone()),
            ..Authorship::from(self)
        }
    }

    /// Commits authored by this person and committed by someone else.
    pub fn committed_by(&self, committer: &Self) -> Authorship {
        Authorship {
            committer: committer.identity(),
            ..Authorship::from(self)
        }
    }
}

impl Authorship {
    /// Signs with the key of `signer`.
    #[must_use]
    pub fn signed_by(mut self, signer: &Person) -> Self {
        self.signer = Some(signer.clone());
        self
    }

    /// Both dates, as `seconds zone`.
    #[must_use]
    pub fn dated(mut self, date: &str) -> Self {
        self.author_date = Some(date.to_owned());
        self.committer_date = Some(date.to_owned());
        self
    }

    /// A further header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}
