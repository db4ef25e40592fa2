//! What `init` calls the repository and its subjects.

use std::fs;
use std::path::Path;

use countersign_testkit::{Output, Repo, TestResult, program};

use super::ungoverned;

fn with_origin(url: &str) -> Result<Repo, Box<dyn std::error::Error>> {
    let repo = ungoverned(|tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
    repo.git(&["remote", "add", "origin", url]);
    Ok(repo)
}

/// The output of `init --print`, which must give the repository this name.
fn named(repo: &Repo, name: &str) -> Output {
    let output = repo.run(&["init", "--print"]).exits(0);
    let line = format!("\nrepository: {name} #");
    assert!(output.stdout.contains(&line), "{name}\n{output}");
    output
}

/// What the output warns about the name.
fn warned(output: &Output) -> Vec<&str> {
    output
        .stderr
        .lines()
        .filter(|line| line.contains("--repository"))
        .collect()
}

#[test]
fn a_second_host_of_a_forge_and_a_shorthand_of_git_give_the_forges_own_name() -> TestResult {
    let repo = with_origin("gh:acme/agent-skills")?;
    repo.git(&["config", "url.git@github.com:.insteadOf", "gh:"]);
    for url in [
        "gh:acme/agent-skills",
        "ssh://git@ssh.github.com:443/acme/agent-skills.git",
        "https://www.github.com/acme/agent-skills.git",
    ] {
        repo.git(&["remote", "set-url", "origin", url]);
        let output = named(&repo, "github.com/acme/agent-skills");
        assert_eq!(warned(&output), [""; 0], "{url}");
    }
    Ok(())
}

#[test]
fn a_host_of_the_ssh_configuration_is_looked_up_and_the_name_taken_is_said() -> TestResult {
    let repo = with_origin("git@github.com-work:acme/agent-skills.git")?;
    let output = named(&repo, "github.com-work/acme/agent-skills");
    let [warning] = warned(&output)[..] else {
        panic!("{output}");
    };
    assert!(
        warning.contains("`github.com-work` is not a host that other machines know"),
        "{output}"
    );
    let config = repo.beside().join(".ssh/config");
    fs::write(
        &config,
        "Host github.com-work\n  HostName github.com\nHost git.acme.example\n  HostName 10.0.0.7\n",
    )?;
    let output = named(&repo, "github.com/acme/agent-skills");
    let [warning] = warned(&output)[..] else {
        panic!("{output}");
    };
    assert!(
        warning.contains("is a name for `github.com` in your SSH configuration"),
        "{output}"
    );
    repo.git(&["remote", "set-url", "origin", "git@git.acme.example:a/b"]);
    let output = named(&repo, "git.acme.example/a/b");
    assert!(
        warned(&output)[0].contains("sends `git.acme.example` to `10.0.0.7`"),
        "{output}"
    );
    repo.git(&[
        "remote",
        "set-url",
        "origin",
        "https://git.acme.example/a/b",
    ]);
    let output = named(&repo, "git.acme.example/a/b");
    assert_eq!(warned(&output), [""; 0], "HTTPS knows nothing of it");
    fs::write(&config, "Host github.com\n  HostName ssh.github.com\n")?;
    repo.git(&["remote", "set-url", "origin", "git@github.com:a/b"]);
    assert_eq!(warned(&named(&repo, "github.com/a/b")), [""; 0]);
    Ok(())
}

/// What `ssh -G` says of `git@work` under the configuration of the test's home.
fn by_ssh(repo: &Repo) -> String {
    let config = repo.beside().join(".ssh/config");
    let config = config.to_str().expect("a plain path");
    let arguments = ["-G", "-F", config, "git@work"];
    let output = program("ssh", repo.beside(), &arguments, b"");
    let said = String::from_utf8_lossy(&output.stdout);
    let name = said.lines().find_map(|line| line.strip_prefix("hostname "));
    name.unwrap_or_else(|| panic!("{output:?}")).to_owned()
}

#[test]
fn includes_and_matches_give_the_host_that_ssh_would_connect_to() -> TestResult {
    let repo = with_origin("git@work:acme/agent-skills.git")?;
    let folder = repo.beside().join(".ssh");
    fs::create_dir_all(folder.join("conf.d"))?;
    let absolute = folder.join("conf.d/20-b.conf");
    let absolute = absolute.to_str().ok_or("a plain path")?;
    for (name, text) in [
        ("conf.d/10-a.conf", "Host other\nHostName a.example\n"),
        ("conf.d/20-b.conf", "Host work\nHostName b.example\n"),
        ("conf.d/30-c.conf", "HostName c.example\n"),
        ("conf.d/.hidden.conf", "HostName hidden.example\n"),
        ("deeper", "Include conf.d/20*\n"),
    ] {
        write(&folder.join(name), text)?;
    }
    let include = format!("Include {absolute}\n");
    for config in [
        include.as_str(),
        "Include conf.d/*.conf\n",
        "Include ~/.ssh/conf.d/?0-b.conf\n",
        "Include \"conf.d/20-b.conf\" # mine\n",
        "include=deeper\n",
        "Include missing nothing/* deeper\n",
        "Host other\nInclude conf.d/30-c.conf\nHost work\nHostName own.example\n",
        "Host other\nInclude conf.d/20-b.conf\nHost *\nHostName own.example\n",
        "Host work\nInclude conf.d/10-a.conf\nHostName own.example\n",
        "Host wor? !work\nHostName no.example\nHost w*k\nHostName yes.example\n",
        "Host *\nHostName %h.acme.example\n",
        "Match all\nHostName all.example\n",
        "Match host other,w*\nHostName yes.example\n",
        "Match host *,!work\nHostName no.example\nMatch all\nHostName yes.example\n",
        "Match !host other\nHostName yes.example\n",
        "Match user git\nHostName yes.example\n",
        "Match !user git\nHostName no.example\nMatch user g?t host work\nHostName yes.example\n",
        "Match originalhost other\nHostName no.example\nMatch originalhost work\nHostName y.example\n",
        "Host work\nHostName one.example\nMatch host one.example\nHostName two.example\n",
        "Host other\nUser x\nMatch user x\nHostName no.example\nMatch all\nHostName 'q.example'\n",
        "Match host=work\nHostName = EQ.example\n",
    ] {
        write(&folder.join("config"), config)?;
        let host = by_ssh(&repo);
        assert_ne!(host, "work", "{config}");
        named(&repo, &format!("{host}/acme/agent-skills"));
    }
    Ok(())
}

/// Writes a file that `ssh` reads: one that only its owner may write.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

#[test]
fn a_path_with_percent_signs_names_a_repository_that_its_policy_can_have() -> TestResult {
    let repo = with_origin("https://dev.azure.com/acme/My%20Project/_git/skills")?;
    repo.run(&["init", "--quiet"]).exits(0);
    let policy = fs::read_to_string(repo.path().join("countersign.yaml"))?;
    assert!(
        policy.contains("\nrepository: \"dev.azure.com/acme/My%20Project/_git/skills\" #"),
        "{policy}"
    );
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.check().passes();
    Ok(())
}

#[test]
fn a_fork_is_told_from_its_upstream_and_another_repository_is_not_one() -> TestResult {
    let repo = with_origin("git@github.com:dora/agent-skills.git")?;
    repo.git(&["remote", "add", "docs", "https://github.com/dora/docs"]);
    repo.git(&[
        "remote",
        "add",
        "mirror",
        "https://GitHub.com/dora/agent-skills",
    ]);
    let output = named(&repo, "github.com/dora/agent-skills");
    assert_eq!(warned(&output), [""; 0], "{output}");
    repo.git(&[
        "remote",
        "add",
        "acme",
        "https://github.com/acme/agent-skills",
    ]);
    let output = named(&repo, "github.com/dora/agent-skills");
    let [warning] = warned(&output)[..] else {
        panic!("{output}");
    };
    assert!(
        warning.contains("the remote `acme` is `github.com/acme/agent-skills`"),
        "{output}"
    );
    Ok(())
}

#[test]
fn the_name_and_where_it_comes_from_are_always_printed() -> TestResult {
    let said = |arguments: &[&str], remote: Option<(&str, &str)>| {
        let repo = ungoverned(|tree| tree.put_skill("pdf", "1.0.0", "Do it well."))?;
        if let Some((name, url)) = remote {
            repo.git(&["remote", "add", name, url]);
        }
        let output = repo.run(&[&["init"], arguments].concat()).exits(0);
        Ok::<_, Box<dyn std::error::Error>>(output)
    };
    for (arguments, remote, line) in [
        (
            &[][..],
            Some(("origin", "git@github.com:acme/x.git")),
            "Repository: github.com/acme/x (from the remote `origin`).",
        ),
        (
            &[],
            Some(("github", "git@github.com:acme/x.git")),
            "Repository: github.com/acme/x (from the remote `github`).",
        ),
        (
            &["--repository", "github.com/acme/y"],
            Some(("origin", "git@github.com:acme/x.git")),
            "Repository: github.com/acme/y (from --repository).",
        ),
        (&[], Some(("origin", "/srv/git/x")), "(from its folder)."),
    ] {
        let output = said(arguments, remote)?;
        assert!(output.stdout.contains(line), "{line}\n{output}");
    }
    let output = said(&[], Some(("origin", "/srv/git/x")))?;
    assert!(
        output
            .stderr
            .contains("the address of the remote `origin` has no host"),
        "{output}"
    );
    assert!(
        said(&[], None)?
            .stderr
            .contains("there is no remote `origin`"),
        "without one it says so"
    );
    Ok(())
}

#[test]
fn a_folder_whose_name_no_subject_can_have_gives_way_to_the_documents_name() -> TestResult {
    let skill =
        |name: &str| format!("---\nname: {name}\ndescription: Does things on request.\n---\nx\n");
    let repo = ungoverned(|tree| {
        for (folder, name) in [
            ("pdf", "other"),
            ("代码审查", "code-review"),
            ("Résumé", "resume"),
            ("写作", "pdf"),
            ("写", "no name / at all"),
        ] {
            tree.put(format!("skills/{folder}/SKILL.md"), skill(name));
        }
    })?;
    repo.run(&["init", "--quiet"]).exits(0);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "Govern"]);
    repo.check().passes();
    let names = |repo: &Repo| {
        let status = repo.run(&["status", "--format", "json"]).exits(0).json();
        let subjects = status["subjects"].as_array().expect("a list").iter();
        let mut names: Vec<(String, String)> = subjects
            .map(|subject| {
                let text = |key: &str| subject[key].as_str().unwrap_or_default().to_owned();
                (text("path"), text("subject"))
            })
            .collect();
        names.sort();
        names
    };
    let expected = [
        ("skills/Résumé", "skill/resume"),
        ("skills/pdf", "skill/pdf"),
        ("skills/代码审查", "skill/code-review"),
    ];
    let found = names(&repo);
    for (path, name) in expected {
        assert!(
            found.contains(&(path.to_owned(), name.to_owned())),
            "{path} {name}: {found:?}"
        );
    }
    let policy = fs::read_to_string(repo.path().join("countersign.yaml"))?;
    assert!(
        policy.contains("{kind: skill, path: \"skills/*\","),
        "Skills to come are governed too\n{policy}"
    );
    // From now on a name is the policy's matter: what a document calls itself moves no subject.
    fs::write(
        repo.path().join("skills/代码审查/SKILL.md"),
        skill("renamed"),
    )?;
    repo.git(&["commit", "-q", "-am", "Rename"]);
    assert_eq!(names(&repo), found);
    Ok(())
}
