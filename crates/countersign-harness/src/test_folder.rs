//! Folders of test data, by their names.

/// Folders of test data. A harness is not started there, so their content may be ignored.
const TEST_DATA: [&str; 5] = [
    "__fixtures__",
    "fixtures",
    "test-data",
    "test_data",
    "testdata",
];

/// The outermost folder above `path` with a name for test data.
pub(super) fn folder_of_test_data(path: &str) -> Option<&str> {
    let mut folders = path.match_indices('/').map(|(slash, _)| &path[..slash]);
    folders.find(|folder| TEST_DATA.contains(&folder.rsplit('/').next().unwrap_or_default()))
}
