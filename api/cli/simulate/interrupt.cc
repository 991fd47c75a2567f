#include "api/cli/simulate/interrupt.h"

#include <ctime>

namespace tangram::api::cli::simulate {
namespace {

sigset_t JustInterrupt() {
  sigset_t set{};
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = JustInterrupt();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Interrupt::~Interrupt() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Interrupt::came() {
  if (came_.load(std::memory_order_relaxed)) return true;
  const sigset_t set = JustInterrupt();
  const timespec at_once{};
  if (::sigtimedwait(&set, nullptr, &at_once) != SIGINT) return false;
  came_ = true;
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return true;
}

}  // namespace tangram::api::cli::simulate
