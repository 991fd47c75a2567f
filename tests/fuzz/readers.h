// The readers of files, each as a function of bytes alone: for the fuzzer, which looks for bytes
// that end the program, and for the test that reads every seed again.
//
// What comes of the bytes does not matter, as long as the function returns. What was read must be
// fit to be written: texts in it are UTF-8.
#ifndef TESTS_FUZZ_READERS_H_
#define TESTS_FUZZ_READERS_H_

#include <string>
#include <string_view>
#include <utility>

namespace tangram::fuzz {

using Reader = void (*)(const std::string& bytes);

void ReadClusterFile(const std::string& bytes);  // dumps in all forms, packed ones too
void ReadScenario(const std::string& bytes);
void ReadPodManifest(const std::string& bytes);
void ReadTrace(const std::string& bytes);  // nodes, pods and an order, parted by lines "---"
void ReadKubeconfig(const std::string& bytes);
void ReadMig(const std::string& bytes);  // a demand, and a mix in its first line

// By the names of their folders of seeds.
inline constexpr std::pair<std::string_view, Reader> kReaders[] = {
    {"cluster_file", ReadClusterFile}, {"scenario", ReadScenario},
    {"pod_manifest", ReadPodManifest}, {"trace", ReadTrace},
    {"kubeconfig", ReadKubeconfig},    {"mig", ReadMig},
};

}  // namespace tangram::fuzz

#endif  // TESTS_FUZZ_READERS_H_
