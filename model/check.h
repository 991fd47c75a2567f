// Checks that stay on in production.
//
// A broken invariant of our own arithmetic (a negative book, an index out of range) means that the
// ledger can no longer be trusted; a restart rebuilds it from the API server, so the process stops
// at once and says where. Never use it for input: bad input is a Status, "does not fit" a Reason.
#ifndef MODEL_CHECK_H_
#define MODEL_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace tangram::model::internal {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace tangram::model::internal

#define TANGRAM_CHECK(condition)                     \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::tangram::model::internal::CheckFailed(#condition, __FILE__, __LINE__))

#endif  // MODEL_CHECK_H_
