//! The command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::config::Key;

/// Push events in, watch dashboards move.
#[derive(Debug, Parser)]
#[command(name = "tideboard", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) flags: Flags,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Serve (what happens without a command)
    Serve,
    /// Serve, with a made-up shop whose orders flow in
    Demo,
    /// Print every value of the configuration and where it came from
    Config,
    /// Create, list and revoke the keys with which programs write or watch events
    #[command(subcommand)]
    Key(KeyCommand),
    /// Print a fresh address to sign in with, once
    SignIn,
    /// Sign tokens with a new key from now on; those signed with the old one are good until they expire
    RotateSigningKey,
    /// Move what is kept in the folder to the Redis and PostgreSQL that are configured, or back; stop all servers first
    Migrate {
        /// Where to
        to: Place,
    },
}

/// Where an installation can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// Redis and PostgreSQL, as far as they are configured
    Shared,
    /// The data folder
    Folder,
}

/// What to do about API keys.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key and print it, once
    Create {
        /// What the key is for, so that you know it again
        #[arg(long)]
        name: String,
        /// A stream it may write to, such as `orders` or `sensors.*`; repeat for more; all streams if left out
        #[arg(long = "stream", value_name = "STREAM")]
        streams: Vec<String>,
        /// The key watches streams instead of writing events
        #[arg(long)]
        read: bool,
        /// A value that a tag must have, such as `region=eu`; repeat for more
        #[arg(long = "tag", value_name = "NAME=VALUE")]
        tags: Vec<String>,
        /// How many days it is good for; for good if left out
        #[arg(long, value_name = "DAYS")]
        days: Option<i64>,
    },
    /// List the keys
    List,
    /// Revoke a key at once
    Revoke {
        /// The key's id, as listed
        id: String,
    },
}

/// One flag per configuration key, made from its declaration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// The configuration file.
    pub(crate) file: Option<PathBuf>,
    /// What was said on the command line.
    pub(crate) values: BTreeMap<Key, String>,
}

const FILE: &str = "config";

impl Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        let file = Arg::new(FILE)
            .long(FILE)
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .global(true)
            .help("Configuration file (TOML) [env: TIDEBOARD_CONFIG]");
        Key::ALL.into_iter().fold(command.arg(file), |command, key| {
            let default = match key.default_text() {
                "" => "none",
                text => text,
            };
            let help = format!("{} [env: {}] [default: {default}]", key.help(), key.variable());
            let flag = Arg::new(key.name()).long(key.flag()).value_name(key.placeholder()).global(true).help(help);
            command.arg(flag.hide_short_help(false).allow_hyphen_values(true))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let said = |key: &Key| matches.get_one::<String>(key.name()).map(|text| (*key, text.clone()));
        let values = Key::ALL.iter().filter_map(said).collect();
        Ok(Self { file: matches.get_one::<PathBuf>(FILE).cloned(), values })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for words in [["tideboard", "--listen", "[::1]:1", "config"], ["tideboard", "config", "--listen", "[::1]:1"]] {
            let cli = Cli::try_parse_from(words).unwrap();
            assert_eq!(cli.command, Some(Command::Config));
            assert_eq!(cli.flags.values, BTreeMap::from([(Key::Listen, "[::1]:1".to_owned())]));
        }
    }

    #[test]
    fn a_key_names_its_streams() {
        let cli =
            Cli::try_parse_from(["tideboard", "key", "create", "--name", "n", "--stream", "a", "--stream", "b.*"]);
        let expected = KeyCommand::Create {
            name: "n".into(),
            streams: vec!["a".into(), "b.*".into()],
            read: false,
            tags: vec![],
            days: None,
        };
        assert_eq!(cli.unwrap().command, Some(Command::Key(expected)));
    }
}
