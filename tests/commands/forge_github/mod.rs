//! GitHub as the forge layer asks it, against servers on this machine that answer in every good and
//! bad way.

mod answers;
mod emulate;
mod events;
mod hostile;
mod network;
mod pages;
mod redirections;
mod refusals;
mod scene;
mod writing;
