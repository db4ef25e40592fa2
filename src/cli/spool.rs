//! Events on their way to a reader, in a file that has no name: however many there are, memory
//! holds one.
//!
//! What is said about all of them, such as the repository's name, is known only after the last; and
//! when the replay fails nothing was printed.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::lifecycle::ledger::Event;

/// Events that are written.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    /// What went wrong with the file, if anything did: nothing is written after it.
    failed: Option<io::Error>,
}

impl Spool {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(tempfile::tempfile()?),
            failed: None,
        })
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        if self.failed.is_none() {
            self.failed = self.write(event).err();
        }
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        let bytes = postcard::to_stdvec(event).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&bytes)
    }

    /// The events in the order in which they were added.
    pub fn read(self) -> io::Result<SpoolReader> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let left = file.stream_position()?;
        file.rewind()?;
        Ok(SpoolReader {
            file: BufReader::new(file),
            left,
        })
    }
}

/// Events that are read again.
#[derive(Debug)]
pub struct SpoolReader {
    file: BufReader<File>,
    /// Bytes that were not read yet.
    left: u64,
}

impl SpoolReader {
    fn event(&mut self) -> io::Result<Event> {
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        let mut bytes = vec![0; length as usize];
        self.file.read_exact(&mut bytes)?;
        self.left = self.left.saturating_sub(4 + u64::from(length));
        postcard::from_bytes(&bytes).map_err(io::Error::other)
    }
}

impl Iterator for SpoolReader {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let event = self.event();
        if event.is_err() {
            self.left = 0;
        }
        Some(event)
    }
}
