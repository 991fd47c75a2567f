#include "tests/fuzz/readers.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "api/cli/pod_manifests.h"
#include "api/cli/simulate/mig_cards.h"
#include "api/cli/simulate/mig_demand.h"
#include "api/cli/simulate/mig_mix.h"
#include "api/dialects/hami/pod.h"
#include "api/kubernetes/kubeconfig.h"
#include "api/manifests/gzip.h"
#include "api/manifests/yaml_json.h"
#include "api/standalone/cluster_file.h"
#include "api/standalone/scenario.h"
#include "api/traces/openb.h"

namespace tangram::fuzz {
namespace {

constexpr size_t kUnpackedMax = size_t{1} << 20;

// A file of its own that holds the bytes, for readers that take a path.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : file_(::memfd_create("seed", MFD_CLOEXEC)) {
    if (file_ < 0 || ::write(file_, bytes.data(), bytes.size()) < 0) std::abort();
  }
  ~MemoryFile() { ::close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return absl::StrCat("/proc/self/fd/", file_); }

 private:
  const int file_;
};

}  // namespace

void ReadClusterFile(const std::string& bytes) {
  if (!api::manifests::IsGzip(bytes)) {
    api::standalone::ParseClusterText(bytes, "seed").status().IgnoreError();
    return;
  }
  const auto text = api::manifests::Unpack(bytes, "seed", kUnpackedMax);
  if (text.ok()) api::standalone::ParseClusterText(*text, "seed").status().IgnoreError();
}

void ReadScenario(const std::string& bytes) {
  const std::string text = absl::StrCat("nodes:\n", bytes);
  api::standalone::ParseClusterText(text, "seed").status().IgnoreError();
}

void ReadPodManifest(const std::string& bytes) {
  const auto uid = [] { return std::string("00000000-0000-4000-8000-000000000000"); };
  const auto pods = api::cli::ParseWorkloadManifests(bytes, "seed", uid);
  if (!pods.ok()) return;
  for (const api::cli::PodManifest& pod : *pods) {
    api::hami::DecodePodAndRefusal(pod.object.dump()).status().IgnoreError();
  }
}

void ReadTrace(const std::string& bytes) {
  constexpr std::string_view kSeparator = "---\n";
  std::array<std::string_view, 3> parts;
  std::string_view rest = bytes;
  for (std::string_view& part : parts) {
    const size_t end = rest.find(kSeparator);
    part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + kSeparator.size());
  }
  api::traces::ReadOpenB({"nodes", parts[0]}, {"pods", parts[1]}).status().IgnoreError();
  api::traces::ReadArrivals({"order", parts[2]}, 1).status().IgnoreError();
}

void ReadKubeconfig(const std::string& bytes) {
  const MemoryFile file(bytes);
  api::kubernetes::LoadKubeconfig(file.path(), "").status().IgnoreError();
}

void ReadMig(const std::string& bytes) {
  api::cli::simulate::ReadMigDemand(bytes, "seed").status().IgnoreError();
  const auto cards = api::cli::simulate::CardsOfProduct("A100-40GB", 2);
  if (!cards.ok()) std::abort();
  const std::string line = bytes.substr(0, bytes.find('\n'));
  api::cli::simulate::ReadMigMix(*cards, line).status().IgnoreError();
}

}  // namespace tangram::fuzz
