// The floor under every verb: Tangram's own HTTP server, which reads a request whole and answers a
// constant text of the wanted length, without looking into the body.
#ifndef BENCH_ECHO_SERVER_H_
#define BENCH_ECHO_SERVER_H_

#include <cstdint>

#include "absl/status/status.h"

namespace tangram::bench {

// Serves POST /echo/<bytes> and GET /readyz on 127.0.0.1:port until SIGTERM or SIGINT.
absl::Status RunEchoServer(uint16_t port);

}  // namespace tangram::bench

#endif  // BENCH_ECHO_SERVER_H_
