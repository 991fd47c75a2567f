// The wire form of kube-scheduler's extender protocol (k8s.io/kube-scheduler/extender/v1).
//
// Requests are read with simdjson in one pass, answers are written by hand: both are as long as the
// list of nodes, and a filter call is mostly this. Keys of requests are taken in any letter case,
// answers are written in Go's. No decision is made here.
//
// Errors of the decoders: InvalidArgument when the body is no such request at all (broken JSON,
// wrong types, no pod), which kube-scheduler never sends; FailedPrecondition when it is one that
// cannot be decided, with a text meant for the answer's Error. Both name field, value and what is
// allowed. Error texts hold no '%': kube-scheduler up to 1.31 sends them through a formatter.
#ifndef API_EXTENDER_CODEC_H_
#define API_EXTENDER_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mutex.h"
#include "scheduler/scheduler.h"

namespace tangram::api::extender {

// Reads ExtenderArgs, body after body, with buffers that stay. One thread at a time.
class ArgsDecoder {
 public:
  ArgsDecoder();
  ~ArgsDecoder();
  ArgsDecoder(const ArgsDecoder&) = delete;
  ArgsDecoder& operator=(const ArgsDecoder&) = delete;

  // Reads the body in place when it has 64 bytes of spare capacity, else a copy of it. The names
  // are views that live until the next Decode.
  //
  // FailedPrecondition: neither Nodes nor NodeNames given; Nodes only (the extender is configured
  // without nodeCacheCapable: true); a node name that is empty; a pod annotation that makes the
  // pod undecidable (api/dialects/hami/pod.h).
  absl::StatusOr<scheduler::FilterCall> Decode(std::string body);

  // Bytes of the longest body so far: what the buffers are sized for.
  size_t largest_body() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Hands decoders to threads. Self-synchronised.
class DecoderPool {
 public:
  // A decoder borrowed until it is destroyed, and with it the names it decoded.
  class Lease {
   public:
    Lease(DecoderPool& pool, std::unique_ptr<ArgsDecoder> decoder);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ArgsDecoder* operator->() { return decoder_.get(); }

   private:
    DecoderPool& pool_;
    std::unique_ptr<ArgsDecoder> decoder_;
  };

  Lease Borrow();

 private:
  void Return(std::unique_ptr<ArgsDecoder> decoder);

  model::Mutex mutex_;
  std::vector<std::unique_ptr<ArgsDecoder>> idle_ TANGRAM_GUARDED_BY(mutex_);
};

// Reads ExtenderBindingArgs. FailedPrecondition: a field is empty or absent.
absl::StatusOr<scheduler::BindCall> DecodeBindingArgs(std::string body);

// ExtenderFilterResult of an answer about `names`: NodeNames best first, a reason for every other
// node in FailedNodes or, where nobody's leaving would help, in FailedAndUnresolvableNodes.
std::string EncodeFilterResult(std::span<const std::string_view> names,
                               const scheduler::FilterReply& reply);
// ExtenderFilterResult that says only why there is no answer.
std::string EncodeFilterError(std::string_view error);

// HostPriorityList; `scores` runs parallel to `names`.
std::string EncodeHostPriorityList(std::span<const std::string_view> names,
                                   std::span<const int32_t> scores);

// ExtenderBindingResult; an empty error is success.
std::string EncodeBindingResult(std::string_view error);

}  // namespace tangram::api::extender

#endif  // API_EXTENDER_CODEC_H_
