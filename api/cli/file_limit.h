// How many connections the server may hold, given how many files the process may open.
//
// Every connection is a file. Where they run out, nothing is accepted any more, probes included; so
// the limits of the server stay below the system's.
#ifndef API_CLI_FILE_LIMIT_H_
#define API_CLI_FILE_LIMIT_H_

#include <cstdint>

namespace tangram::api::cli {

// As in http::ServerOptions.
struct ConnectionLimits {
  int connections = 0;
  int waiting = 0;
};

// Raises the process's limit of open files to what it may be raised to, and returns it.
uint64_t RaiseFileLimit();

// The shares of that many files: 256 stay for the API server, files and probes (half of them where
// there are few), of the rest a quarter is for verbs, up to 1,024, and what is left, up to 8,192,
// for binds that wait. At least 1 each.
ConnectionLimits LimitsFor(uint64_t files);

}  // namespace tangram::api::cli

#endif  // API_CLI_FILE_LIMIT_H_
