// CPU and memory of a node beside its cards: what there is, what a pod asks for, what is left.
//
// Values only. Amounts lie within +-kHostMost: whoever reads one from outside cuts it there, so
// that sums over all pods of a cluster stay within 64 bits.
#ifndef MODEL_HOST_H_
#define MODEL_HOST_H_

#include <cstdint>

namespace tangram::model {

inline constexpr int64_t kHostMost = int64_t{1} << 40;

// How finely what is left of a node counts as its state (model/node_state.h): amounts are cut down
// to a multiple. 0 = not at all.
struct HostBuckets {
  int64_t cpu_milli = 0;
  int64_t memory_mib = 0;
  friend bool operator==(const HostBuckets&, const HostBuckets&) = default;
};

struct HostResources {
  int64_t cpu_milli = 0;   // thousandths of a core
  int64_t memory_mib = 0;  // MiB (2^20 bytes)

  // Whether so much can be taken. Who asks for nothing of a kind is not refused for its lack.
  bool Holds(const HostResources& wanted) const {
    return (wanted.cpu_milli == 0 || wanted.cpu_milli <= cpu_milli) &&
           (wanted.memory_mib == 0 || wanted.memory_mib <= memory_mib);
  }
  HostResources& operator+=(const HostResources& other) {
    cpu_milli += other.cpu_milli;
    memory_mib += other.memory_mib;
    return *this;
  }
  HostResources& operator-=(const HostResources& other) {
    cpu_milli -= other.cpu_milli;
    memory_mib -= other.memory_mib;
    return *this;
  }
  friend bool operator==(const HostResources&, const HostResources&) = default;
};

}  // namespace tangram::model

#endif  // MODEL_HOST_H_
