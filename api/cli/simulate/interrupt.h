// Ctrl-C, taken as a wish to see what there is so far.
#ifndef API_CLI_SIMULATE_INTERRUPT_H_
#define API_CLI_SIMULATE_INTERRUPT_H_

#include <atomic>
#include <csignal>

namespace tangram::api::cli::simulate {

// While it lives the first SIGINT does not end the process but makes came() true; a second one ends
// it. Threads made while it lives do the same. One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Callable from every thread, and quick enough for every arrival.
  bool came();

 private:
  sigset_t before_{};
  std::atomic<bool> came_{false};
};

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_INTERRUPT_H_
