//! One verdict of `check`, asserted for people and for machines.

use serde_json::Value;

use super::output::Output;

/// What `check` said, in both formats.
pub struct Checked {
    human: Output,
    json: Value,
}

/// One finding of the JSON.
#[derive(Clone, Debug)]
pub struct Finding(Value);

impl Checked {
    /// Both formats of one `check`; they must agree on the exit code, the verdict and the findings
    /// that weigh.
    #[track_caller]
    pub fn new(human: Output, json: &Output) -> Self {
        assert_eq!(
            human.code, json.code,
            "both formats end alike\n{human}\n{json}"
        );
        let checked = Self {
            human,
            json: json.json(),
        };
        let verdict = checked.verdict();
        let code = match verdict {
            "pass" => [0, 0],
            "waiting" | "fail" => [1, 1],
            "not-evaluated" => [2, 3],
            other => panic!("`{other}` is a verdict\n{checked}"),
        };
        assert!(
            code.contains(&checked.human.code),
            "the exit code says `{verdict}`\n{checked}"
        );
        let text = format!("{}{}", checked.human.stdout, checked.human.stderr);
        assert!(text.contains(verdict), "people read `{verdict}`\n{checked}");
        for finding in checked
            .findings()
            .iter()
            .filter(|finding| finding.severity() == "error")
        {
            assert!(
                text.contains(finding.rule()),
                "people read `{}`\n{checked}",
                finding.rule()
            );
        }
        checked
    }

    /// The exit code.
    pub const fn code(&self) -> i32 {
        self.human.code
    }

    /// The verdict.
    #[track_caller]
    pub fn verdict(&self) -> &str {
        self.json["verdict"]
            .as_str()
            .unwrap_or_else(|| panic!("there is a verdict\n{self}"))
    }

    /// The whole JSON.
    pub const fn json(&self) -> &Value {
        &self.json
    }

    /// What people read.
    pub const fn human(&self) -> &Output {
        &self.human
    }

    /// Every finding.
    pub fn findings(&self) -> Vec<Finding> {
        self.json["findings"]
            .as_array()
            .map(|all| all.iter().cloned().map(Finding).collect())
            .unwrap_or_default()
    }

    /// Asserts the verdict and that each of these rules has a finding.
    #[track_caller]
    pub fn assert(&self, verdict: &str, rules: &[&str]) -> &Self {
        assert_eq!(self.verdict(), verdict, "verdict\n{self}");
        for rule in rules {
            self.finding(rule);
        }
        self
    }

    /// Asserts that the verdict is pass and that no finding is an error.
    #[track_caller]
    pub fn passes(&self) -> &Self {
        assert!(
            self.findings()
                .iter()
                .all(|finding| finding.severity() != "error"),
            "nothing is an error\n{self}"
        );
        self.assert("pass", &[])
    }

    /// Asserts that no finding has this rule.
    #[track_caller]
    pub fn without(&self, rule: &str) -> &Self {
        assert!(
            self.findings().iter().all(|finding| finding.rule() != rule),
            "nothing is `{rule}`\n{self}"
        );
        self
    }

    /// The first finding of a rule.
    #[track_caller]
    pub fn finding(&self, rule: &str) -> Finding {
        let found = self
            .findings()
            .into_iter()
            .find(|finding| finding.rule() == rule);
        found.unwrap_or_else(|| panic!("something is `{rule}`\n{self}"))
    }

    /// The finding of a rule about one path.
    #[track_caller]
    pub fn finding_at(&self, rule: &str, path: &str) -> Finding {
        let found = self
            .findings()
            .into_iter()
            .find(|finding| finding.rule() == rule && finding.text("path") == Some(path));
        found.unwrap_or_else(|| panic!("something is `{rule}` at {path}\n{self}"))
    }
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}--- json\n{:#}", self.human, self.json)
    }
}

impl Finding {
    /// The rule's id.
    pub fn rule(&self) -> &str {
        self.text("rule").unwrap_or_default()
    }

    /// error, warning or info.
    pub fn severity(&self) -> &str {
        self.text("severity").unwrap_or_default()
    }

    /// A field that is text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0[field].as_str()
    }

    /// A field that is a number.
    pub fn number(&self, field: &str) -> Option<u64> {
        self.0[field].as_u64()
    }

    /// Asserts the severity.
    #[track_caller]
    pub fn is(self, severity: &str) -> Self {
        assert_eq!(self.severity(), severity, "severity of {:#}", self.0);
        self
    }

    /// Asserts a field of text: `path`, `subject`, `version`, `commit`.
    #[track_caller]
    pub fn has(self, field: &str, value: &str) -> Self {
        assert_eq!(self.text(field), Some(value), "{field} of {:#}", self.0);
        self
    }

    /// Asserts that the message says `part`, such as the principal's name.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        let message = self.text("message").unwrap_or_default();
        assert!(
            message.contains(part),
            "the message says `{part}`: {:#}",
            self.0
        );
        self
    }

    /// Asserts that the help says `part`, such as a command.
    #[track_caller]
    pub fn helps(self, part: &str) -> Self {
        let help = self.text("help").unwrap_or_default();
        assert!(help.contains(part), "the help says `{part}`: {:#}", self.0);
        self
    }

    /// Asserts the person concerned.
    #[track_caller]
    pub fn by(self, principal: &str) -> Self {
        self.has("principal", principal)
    }

    /// Asserts the line of the file.
    #[track_caller]
    pub fn line(self, line: u64) -> Self {
        assert_eq!(self.number("line"), Some(line), "line of {:#}", self.0);
        self
    }
}
