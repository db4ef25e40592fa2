//! What of an address can be shown: scheme, host and port.

/// Scheme, host and port of an address. `None` where a client may read another host than this does:
/// for what is not written plainly.
pub(super) fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Of several signs, a client takes the last; of what is before it, none is shown.
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (
            name,
            port.strip_prefix(':').or(port.is_empty().then_some(""))?,
        ),
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let of = |text: &str, more: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        text.chars().all(allowed)
    };
    let is_plain = of(scheme, "+.-")
        && !scheme.is_empty()
        && !name.is_empty()
        && of(name, if host.starts_with('[') { ":." } else { ".-_" })
        && port.len() <= 5
        && port.bytes().all(|byte| byte.is_ascii_digit())
        // A login with a slash or backslash in it ends the host for some readers.
        && !authority.contains(['\\', ' ', '\t', '\n', '\r'])
        && !rest.contains('\\');
    is_plain.then(|| format!("{}://{host}", scheme.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_have_an_origin_to_show() {
        for (address, shown) in [
            ("https://a.example/x?y", Some("https://a.example")),
            (
                "HTTPS://u:p@a.example:8443/x",
                Some("https://a.example:8443"),
            ),
            ("http://[::1]:80/", Some("http://[::1]:80")),
            ("https://evil.example\\@good.example/", None),
            ("https://host\\p\\secret", None),
            ("https://host:8080secret", None),
            ("https://user:secret/x@host/", None),
            ("https:/a", None),
            (" https://a.example", None),
            ("${V:-http://evil.example/}", None),
        ] {
            assert_eq!(origin(address).as_deref(), shown, "{address}");
        }
    }
}
