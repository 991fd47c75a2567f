// The exit codes of every command.
#ifndef API_CLI_EXIT_CODE_H_
#define API_CLI_EXIT_CODE_H_

namespace tangram::api::cli {

inline constexpr int kExitOk = 0;
// The command ran, and its answer is no: a pod was not bound, or not deleted.
inline constexpr int kExitNo = 1;
// The command could not do its work: wrong usage or configuration, unreadable file, no connection.
inline constexpr int kExitUsage = 2;
// Ctrl-C: what was printed is not all. The number that shells give to it.
inline constexpr int kExitInterrupted = 130;

}  // namespace tangram::api::cli

#endif  // API_CLI_EXIT_CODE_H_
