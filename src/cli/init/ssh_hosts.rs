//! What the user's SSH configuration calls a host, read as text: `ssh -G` could start the programs
//! that a `Match exec` names. Only plain `Host` blocks are looked at (`ssh_config(5)`); the answer is
//! for a warning that people read, never for a decision alone.

/// The `HostName` that the configuration `text` gives to `host` in a block that names it, or `host`
/// itself where such a block gives none; `None` when no block names it.
pub fn host_name(text: &str, host: &str) -> Option<String> {
    let mut named = None;
    let mut applies = false;
    for line in text.lines() {
        let line = line.trim();
        let (keyword, rest) = line
            .split_once(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or((line, ""));
        let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
        let mut words = rest.split_whitespace().map(|word| word.trim_matches('"'));
        if keyword.eq_ignore_ascii_case("Host") {
            applies = words.any(|word| word.eq_ignore_ascii_case(host));
            if applies {
                named.get_or_insert_with(|| host.to_owned());
            }
        } else if keyword.eq_ignore_ascii_case("Match") {
            applies = false;
        } else if applies && keyword.eq_ignore_ascii_case("HostName") {
            // The first value counts.
            return words.next().map(str::to_lowercase);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_the_first_name_of_a_block_that_names_it() {
        let text = "# mine\nHost *\n  HostName wrong\nhost github.com-work other\n  User git\n  hostname=GitHub.com\n  HostName late\nHost bare\nMatch host x\n  HostName no\n";
        assert_eq!(
            host_name(text, "github.com-work").as_deref(),
            Some("github.com")
        );
        assert_eq!(host_name(text, "OTHER").as_deref(), Some("github.com"));
        assert_eq!(host_name(text, "bare").as_deref(), Some("bare"));
        assert_eq!(host_name(text, "x"), None);
        assert_eq!(host_name("", "x"), None);
    }
}
