// Nodes whose cards nobody has registered, or whose register is of no use: who runs them.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/stock/node.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace tangram::api::hami {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Json = nlohmann::json;
using model::Cardless;
using Texts = std::vector<std::pair<std::string, std::string>>;

constexpr char kAsked[] = "Requesting_2031-01-05 10:00:00";

Json ObjectOf(const Texts& texts) {
  Json object = Json::object();
  for (const auto& [key, value] : texts) object[key] = value;
  return object;
}

// As the servers read it: agents first, then stock plugins.
scheduler::NodeObservation Observe(const Texts& annotations, const Texts& labels,
                                   const Texts& allocatable) {
  const std::string text = Json{{"metadata",
                                 {{"name", "gpu-7"},
                                  {"annotations", ObjectOf(annotations)},
                                  {"labels", ObjectOf(labels)}}},
                                {"status", {{"allocatable", ObjectOf(allocatable)}}}}
                               .dump();
  auto node = DecodeNode(text);
  EXPECT_TRUE(node.ok()) << node.status();
  stock::AddPools(text, &*node);
  return *node;
}

std::string Card(const std::string& uuid) {
  return absl::StrCat(R"({"id":")", uuid,
                      R"(","count":4,"devmem":24576,"devcore":100,"type":"NVIDIA L4",)",
                      R"("mode":"hami-core","health":true})");
}

struct Signs {
  std::string what;
  Texts annotations;
  Texts labels;
  Texts allocatable;
  bool unregistered;
};

class RegistrationTest : public ::testing::TestWithParam<Signs> {};

TEST_P(RegistrationTest, IsAwaitedWhereAnAgentRunsTheNodeAndNowhereElse) {
  const Signs& signs = GetParam();
  const auto node = Observe(signs.annotations, signs.labels, signs.allocatable);
  EXPECT_THAT(node.spec.gpus, IsEmpty());
  if (signs.unregistered) {
    EXPECT_EQ(node.spec.cardless, Cardless::kUnregistered);
    EXPECT_TRUE(node.has_agent);
    EXPECT_THAT(node.spec.pools, IsEmpty());
    EXPECT_NE(node.problem, "");
  } else {
    EXPECT_EQ(node.spec.cardless, Cardless::kNoAgent);
    EXPECT_FALSE(node.has_agent);
    EXPECT_EQ(node.problem, "");
    EXPECT_EQ(node.spec.pools.empty(), signs.allocatable.empty());
  }
}

const Texts kShares = {{"nvidia.com/gpu", "30"}};
const Texts kThree = {{"nvidia.com/gpu", "3"}};
const Texts kGfd = {{"nvidia.com/gpu.product", "NVIDIA-L4"}, {"nvidia.com/gpu.count", "3"}};
const Texts kAsk = {{"hami.io/node-handshake", kAsked}};

Texts Plus(Texts texts, const std::string& key, const std::string& value) {
  texts.emplace_back(key, value);
  return texts;
}

INSTANTIATE_TEST_SUITE_P(
    Signs, RegistrationTest,
    ::testing::Values(
        Signs{"HandshakeBesideSharesThatNoLabelTells", kAsk, {}, kShares, true},
        Signs{"HandshakeBesideMoreDevicesThanLabelsTell", kAsk, kGfd, kShares, true},
        Signs{"HandshakeBesideDevicesThatLabelsTell", kAsk, kGfd, kThree, false},
        Signs{"HandshakeBesideReplicasThatLabelsTell", kAsk,
              Plus(kGfd, "nvidia.com/gpu.replicas", "10"), kShares, false},
        Signs{"HandshakeBesideInstances",
              kAsk,
              {},
              {{"nvidia.com/gpu", "0"}, {"nvidia.com/mig-1g.10gb", "7"}},
              false},
        Signs{"HandshakeOfANodeWithoutCards", kAsk, {}, {}, false},
        Signs{"HandshakeMarkedDeleted",
              {{"hami.io/node-handshake", "Deleted_2031-01-05 10:00:00"}},
              {},
              kShares,
              true},
        Signs{"HandshakeOfAnOldAgent",
              {{"hami.io/node-handshake", "Reported 2031-01-05 10:00:00"}},
              kGfd,
              kThree,
              true},
        Signs{"LabelOfHamisChart", {}, {{"gpu", "on"}}, kShares, true},
        Signs{"LabelOfHamisChartAndHandshake", kAsk, Plus(kGfd, "gpu", "on"), kThree, true},
        Signs{"LabelOfHamisChartBesideDevicesThatLabelsTell",
              {},
              Plus(kGfd, "gpu", "on"),
              kThree,
              false},
        Signs{"LabelSwitchedOff", {}, {{"gpu", "off"}}, kThree, false},
        Signs{"RegisterOfBeforeTheRename",
              {{"4pd.io/node-nvidia-register", "GPU-x,5,24576,100,NVIDIA-NVIDIA A10,0,true:"}},
              {},
              kShares,
              true},
        Signs{"RegisterOfVolcano",
              {{"volcano.sh/node-vgpu-register", "GPU-x,10,24576,NVIDIA-A10,true,hami-core:"}},
              kGfd,
              kThree,
              true},
        Signs{"AmdBesideHamisScheduler", kAsk, {}, {{"amd.com/gpu", "40"}}, true},
        Signs{"AmdThatAmdsLabelsTell",
              kAsk,
              {{"amd.com/gpu.vram", "192G"}},
              {{"amd.com/gpu", "8"}},
              false},
        Signs{"PlainStockNode", {}, {}, kThree, false}),
    [](const auto& tested) { return tested.param.what; });

TEST(UnusableRegisterTest, NamesNodeAnnotationAndWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "no cards registered"},
      {"[{\"id\":\"GPU-a\"", "malformed JSON"},
      {"{}", "must be an array"},
      {"[5]", "cards[0]: must be an object"},
      {"[" + Card("GPU-a") + "," + Card("GPU-a") + "]", "comes twice"},
      {R"([{"id":"GPU-a","type":"NVIDIA","devmem":-5}])", "cards[0].devmem"},
      {R"([{"id":"GPU-a","type":"NVIDIA","count":99999999999}])", "cards[0].count"},
      {std::string(1 << 20, 'x'), "cards: must be a JSON array"},
  };
  for (const auto& [text, what] : cases) {
    const auto node = Observe({{"hami.io/node-nvidia-register", text}}, kGfd, kShares);
    EXPECT_EQ(node.spec.cardless, Cardless::kUnusable) << text.substr(0, 80);
    EXPECT_THAT(node.spec.gpus, IsEmpty());
    EXPECT_THAT(node.spec.pools, IsEmpty());
    EXPECT_THAT(node.problem, HasSubstr("annotation hami.io/node-nvidia-register"));
    EXPECT_THAT(node.problem, HasSubstr(what));
    EXPECT_LT(node.problem.size(), 400u) << "a long annotation is not repeated";
  }
}

TEST(StaleRegisterTest, CardsOfAnAgentThatIsGoneAreUnhealthy) {
  const Texts registered = {{"hami.io/node-nvidia-register", "[" + Card("GPU-a") + "]"}};
  const Texts asked = Plus(registered, "hami.io/node-handshake", kAsked);
  const auto healthy = [](const Texts& annotations, const Texts& allocatable) {
    const auto node = Observe(annotations, {}, allocatable);
    EXPECT_THAT(node.spec.gpus, SizeIs(1));
    const bool is = !node.spec.gpus.empty() && node.spec.gpus[0].healthy;
    EXPECT_EQ(is, node.problem.empty()) << node.problem;
    return is;
  };
  EXPECT_TRUE(healthy(asked, {{"nvidia.com/gpu", "4"}}));
  EXPECT_FALSE(healthy(asked, {{"nvidia.com/gpu", "0"}}));
  EXPECT_FALSE(healthy(asked, {{"cpu", "8"}}));
  EXPECT_FALSE(healthy(registered, {{"nvidia.com/gpu", "0"}}));
  EXPECT_TRUE(healthy(registered, {{"cpu", "8"}})) << "nobody has asked for the agent";
}

TEST(AllocatableTest, CapacityStandsInForItAsInTheApiServer) {
  const std::string with =
      R"({"metadata":{"name":"n"},"status":{"capacity":{"nvidia.com/gpu":"6"})";
  const auto gpus = [&](const std::string& allocatable) {
    auto node = DecodeNode(with + allocatable + "}}");
    EXPECT_TRUE(node.ok()) << node.status();
    stock::AddPools(with + allocatable + "}}", &*node);
    return node->spec.pools.empty() ? int64_t{-1} : node->spec.pools[0].count;
  };
  EXPECT_EQ(gpus(""), 6);
  EXPECT_EQ(gpus(R"(,"allocatable":null)"), 6);
  EXPECT_EQ(gpus(R"(,"allocatable":{})"), -1);
  EXPECT_EQ(gpus(R"(,"allocatable":{"nvidia.com/gpu":"2"})"), 2);
}

TEST(AllocatableTest, AFractionIsRoundedUpAsKubeSchedulerDoesAndNoted) {
  const auto node = Observe({}, {}, {{"nvidia.com/gpu", "2300m"}});
  ASSERT_THAT(node.spec.pools, SizeIs(1));
  EXPECT_EQ(node.spec.pools[0].count, 3);
  EXPECT_EQ(node.spec.allocatable_gpus, 3);
  ASSERT_THAT(node.notes, ::testing::Not(IsEmpty()));
  EXPECT_THAT(node.notes[0], HasSubstr("is \"2300m\": counted as 3"));
}

}  // namespace
}  // namespace tangram::api::hami
