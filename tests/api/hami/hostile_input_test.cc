// Cut, mutated and deeply nested texts: the decoders answer, whatever they are given.
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

constexpr char kRegister[] =
    R"([{"id":"GPU-a","count":10,"devmem":40960,"devcore":100,"type":"NVIDIA A100-SXM4-40GB",)"
    R"("mode":"hami-core","health":true,"custominfo":{"x":[1,2,{"y":null}]}},{"id":"GPU-b","numa":1}])";

constexpr char kNode[] =
    R"({"metadata":{"name":"n1","resourceVersion":"7","annotations":{"hami.io/node-nvidia-register":)"
    R"("[{\"id\":\"GPU-a\",\"devmem\":1,\"type\":\"NVIDIA\"}]","hami.io/device-cordon":"GPU-a"}},)"
    R"("status":{"allocatable":{"nvidia.com/gpu":"10"}}})";

constexpr char kPod[] =
    R"({"metadata":{"name":"p","namespace":"ns","uid":"u","annotations":{"nvidia.com/use-gputype":"A100",)"
    R"("hami.io/vgpu-devices-allocated":";GPU-a,NVIDIA,3000,30:;"},"labels":{"a":"\u00e9\n"}},)"
    R"("spec":{"initContainers":[{"name":"i","restartPolicy":"Always"}],"containers":[{"name":"c",)"
    R"("resources":{"limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"3k"},"requests":{"cpu":0.5}}}]},)"
    R"("status":{"phase":"Running","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}}}]}})";

constexpr char kAssignment[] = ";GPU-a,NVIDIA,3000,30:GPU-b[1-0],NVIDIA,3000,30:;,,0,0:;";

using Decoder = std::function<bool(const std::string&)>;

struct Target {
  const char* name;
  std::string text;
  Decoder decode;
};

std::vector<Target> Targets() {
  return {
      {"register", kRegister, [](const std::string& text) { return DecodeRegister(text).ok(); }},
      {"node", kNode, [](const std::string& text) { return DecodeNode(text).ok(); }},
      {"pod", kPod, [](const std::string& text) { return DecodePod(text).ok(); }},
  };
}

TEST(HostileInputTest, JsonCutAtAnyByteIsRefused) {
  for (const Target& target : Targets()) {
    ASSERT_TRUE(target.decode(target.text)) << target.name;
    for (size_t size = 0; size < target.text.size(); ++size) {
      EXPECT_FALSE(target.decode(target.text.substr(0, size))) << target.name << " cut at " << size;
    }
  }
}

TEST(HostileInputTest, ARegisterAnnotationCutAtAnyByteLeavesNoCards) {
  const std::string value = R"([{\"id\":\"GPU-a\",\"type\":\"NVIDIA\",\"devmem\":5}])";
  for (size_t size = 0; size < value.size(); ++size) {
    if (size > 0 && value[size - 1] == '\\') continue;  // half an escape breaks the object itself
    const auto node =
        DecodeNode(R"({"metadata":{"name":"n","annotations":{"hami.io/node-nvidia-register":")" +
                   value.substr(0, size) + R"("}}})");
    ASSERT_TRUE(node.ok()) << node.status();
    EXPECT_NE(node->problem, "") << size;
    EXPECT_TRUE(node->spec.gpus.empty());
  }
}

TEST(HostileInputTest, AnAssignmentCutAnywhereIsAnsweredAndNeverNegative) {
  const std::string text = kAssignment;
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto slots = DecodeSlots(text.substr(0, size));
    if (!slots.ok()) continue;
    for (const auto& slot : *slots) {
      for (const model::CardShare& share : slot) {
        EXPECT_FALSE(share.uuid.empty());
        EXPECT_GE(share.memory.value(), 0);
        EXPECT_GE(share.cores.value(), 0);
      }
    }
  }
}

// One to four changes: a byte replaced, removed, doubled, or a piece moved.
std::string Mutate(std::string text, std::mt19937& random) {
  static constexpr char kBytes[] = "{}[]\",:\\0-9.eE+ntf \n\x00\x01\x7f\xff";
  const auto below = [&random](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (size_t changes = 1 + below(4); changes > 0; --changes) {
    const size_t at = below(text.size());
    switch (below(4)) {
      case 0:
        if (!text.empty()) text[at] = kBytes[below(sizeof(kBytes) - 1)];
        break;
      case 1:
        if (!text.empty()) text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, text.substr(at, 1 + below(16)));
        break;
      default:
        text.insert(at, 1, kBytes[below(sizeof(kBytes) - 1)]);
        break;
    }
  }
  return text;
}

TEST(HostileInputTest, MutatedTextsAreAnswered) {
  std::mt19937 random(20260721);
  size_t accepted = 0;
  size_t refused = 0;
  for (const Target& target : Targets()) {
    for (int round = 0; round < 20000; ++round) {
      ++(target.decode(Mutate(target.text, random)) ? accepted : refused);
    }
  }
  for (int round = 0; round < 20000; ++round) {
    const bool ok = DecodeSlots(Mutate(kAssignment, random)).ok();
    ++(ok ? accepted : refused);
  }
  // Both sides are reached, so the mutations are neither harmless nor hopeless.
  EXPECT_GT(accepted, 1000u);
  EXPECT_GT(refused, 1000u);
}

TEST(HostileInputTest, DeepNestingIsRefusedOrPassedOver) {
  const std::string open(200000, '[');
  const std::string close(200000, ']');
  EXPECT_FALSE(DecodeRegister(open).ok());
  EXPECT_FALSE(DecodeNode(open).ok());
  EXPECT_FALSE(DecodePod(open).ok());
  EXPECT_FALSE(DecodePod(R"({"metadata":{"name":"p"},"x":)" + open).ok());
  EXPECT_FALSE(DecodePod(R"({"metadata":{"name":"p","annotations":)" + open + close + "}}").ok());
  // An unknown field of any depth is skipped.
  EXPECT_TRUE(DecodePod(R"({"metadata":{"name":"p"},"x":)" + open + close + "}").ok());
}

}  // namespace
}  // namespace tangram::api::hami
