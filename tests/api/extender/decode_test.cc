// Requests as kube-scheduler sends them, and as nobody should.
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "api/extender/codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/build_paths.h"

namespace tangram::api::extender {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string ReadBody(const std::string& name) {
  std::ifstream file(SourceDir() / "tests/api/extender/testdata" / name);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

constexpr char kPod[] =
    R"({"metadata":{"name":"p","namespace":"ns","uid":"u"},"spec":{"containers":[]}})";

std::string Args(const std::string& rest) { return R"({"Pod":)" + std::string(kPod) + rest + "}"; }

TEST(DecodeTest, AFilterBodyOfKubeScheduler) {
  ArgsDecoder decoder;
  const auto call = decoder.Decode(ReadBody("slice-filter.json"));
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->pod.id,
            (model::PodId{"default", "slice", "691d59da-61f2-407c-9b6e-9754c53fb434"}));
  ASSERT_THAT(call->pod.request.containers, SizeIs(1));
  const model::ContainerRequest& container = call->pod.request.containers[0];
  EXPECT_EQ(container.count, 1);
  EXPECT_EQ(container.memory, model::Mebibytes(3000));
  EXPECT_EQ(container.cores, model::CorePercent(30));
  EXPECT_EQ(call->pod.scheduler_name, "default-scheduler");
  EXPECT_FALSE(call->pod.bound());
  EXPECT_THAT(call->names, ElementsAre("gpu-00", "gpu-01", "gpu-02"));
}

TEST(DecodeTest, APrioritizeBodyOfKubeScheduler) {
  ArgsDecoder decoder;
  const auto call = decoder.Decode(ReadBody("several-prioritize.json"));
  ASSERT_TRUE(call.ok()) << call.status();
  ASSERT_THAT(call->pod.request.containers, SizeIs(3));
  EXPECT_EQ(call->pod.request.containers[0].kind, model::ContainerKind::kInit);
  EXPECT_EQ(call->pod.request.containers[1].count, 2);
  EXPECT_EQ(call->pod.request.containers[1].memory, model::Mebibytes(5000));
  EXPECT_EQ(call->pod.request.containers[2].count, 0);
  EXPECT_EQ(call->pod.request.kubelet_gpus, 2);
  EXPECT_THAT(call->names, ElementsAre("gpu-02", "gpu-00", "gpu-01"));
}

TEST(DecodeTest, ABindBodyOfKubeScheduler) {
  const auto call = DecodeBindingArgs(ReadBody("slice-bind.json"));
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->pod, (model::PodId{"default", "slice", "691d59da-61f2-407c-9b6e-9754c53fb434"}));
  EXPECT_EQ(call->node, "gpu-02");
}

TEST(DecodeTest, KeysMayBeLowerCaseAndInAnyOrder) {
  ArgsDecoder decoder;
  const auto call = decoder.Decode(R"({"nodenames":["a"],"unknown":[{}],"nodes":null,"pod":)" +
                                   std::string(kPod) + "}");
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_THAT(call->names, ElementsAre("a"));
  const auto bind =
      DecodeBindingArgs(R"({"podname":"p","podnamespace":"ns","poduid":"u","node":"n"})");
  ASSERT_TRUE(bind.ok()) << bind.status();
  EXPECT_EQ(bind->node, "n");
}

TEST(DecodeTest, ADecoderIsUsedAgainAndAgain) {
  ArgsDecoder decoder;
  for (int round = 0; round < 3; ++round) {
    const auto call = decoder.Decode(Args(R"(,"NodeNames":["a","b\u00e9"])"));
    ASSERT_TRUE(call.ok()) << call.status();
    EXPECT_THAT(call->names, ElementsAre("a", "b\xc3\xa9"));
    EXPECT_FALSE(decoder.Decode("{").ok());
  }
}

TEST(DecodeTest, AnEmptyListOfNamesIsAnAnswerableRequest) {
  ArgsDecoder decoder;
  const auto call = decoder.Decode(Args(R"(,"NodeNames":[])"));
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_THAT(call->names, IsEmpty());
}

struct BadCase {
  std::string body;
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  std::string message;
};

constexpr absl::StatusCode kNoRequest = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUndecidable = absl::StatusCode::kFailedPrecondition;

class BadArgsTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadArgsTest, AreRefusedByName) {
  ArgsDecoder decoder;
  const auto call = decoder.Decode(GetParam().body);
  ASSERT_FALSE(call.ok());
  EXPECT_EQ(call.status().code(), GetParam().code) << call.status();
  EXPECT_THAT(std::string(call.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    NoRequest, BadArgsTest,
    testing::Values(
        BadCase{"", kNoRequest, "ExtenderArgs: malformed JSON"},
        BadCase{"{", kNoRequest, "ExtenderArgs: malformed JSON"},
        BadCase{"[]", kNoRequest, "ExtenderArgs: must be a JSON object"},
        BadCase{"null", kNoRequest, "ExtenderArgs: must be a JSON object"},
        BadCase{"{}", kNoRequest, "ExtenderArgs.Pod: must be a Pod object, is null or absent"},
        BadCase{R"({"Pod":null,"NodeNames":["a"]})", kNoRequest,
                "ExtenderArgs.Pod: must be a Pod object"},
        BadCase{R"({"Pod":7,"NodeNames":["a"]})", kNoRequest,
                "ExtenderArgs.Pod: must be an object"},
        BadCase{R"({"Pod":{},"NodeNames":["a"]})", kNoRequest, "ExtenderArgs.Pod.metadata"},
        BadCase{R"({"Pod":{"metadata":{"name":"p"}},"NodeNames":["a"]})", kNoRequest,
                "ExtenderArgs.Pod.metadata.uid"},
        BadCase{Args(R"(,"NodeNames":"a")"), kNoRequest,
                "ExtenderArgs.NodeNames: must be an array"},
        BadCase{Args(R"(,"NodeNames":{"a":1})"), kNoRequest,
                "ExtenderArgs.NodeNames: must be an array"},
        BadCase{Args(R"(,"NodeNames":["a",7])"), kNoRequest,
                "ExtenderArgs.NodeNames[1]: must be a string"},
        BadCase{Args(R"(,"NodeNames":["a"])") + "{}", kNoRequest, "something follows"},
        BadCase{Args(R"(,"NodeNames":["a")"), kNoRequest, "malformed JSON"},
        BadCase{Args(",\"NodeNames\":[\"\xff\"]"), kNoRequest, "malformed JSON"},
        BadCase{
            R"({"Pod":{"metadata":{"name":"p","uid":"u"},"spec":{"containers":[{"resources":{"limits":
                {"nvidia.com/gpu":"many"}}}]}},"NodeNames":["a"]})",
            kNoRequest,
            "ExtenderArgs.Pod.spec.containers[0].resources.limits[nvidia.com/gpu]: must be a "
            "quantity"}));

INSTANTIATE_TEST_SUITE_P(
    Undecidable, BadArgsTest,
    testing::Values(BadCase{Args(""), kUndecidable,
                            "NodeNames: must be an array of node names, is null, and so is Nodes"},
                    BadCase{Args(R"(,"Nodes":null,"NodeNames":null)"), kUndecidable,
                            "is null, and so is Nodes"},
                    BadCase{ReadBody("slice-nodes.json"), kUndecidable,
                            "set nodeCacheCapable: true"},
                    BadCase{Args(R"(,"NodeNames":["a",null])"), kUndecidable,
                            "NodeNames[1]: must be a node name, is empty"},
                    BadCase{R"({"Pod":{"metadata":{"name":"p","uid":"u","annotations":
                {"hami.io/device-scoring-weights":"slot=1"}}},"NodeNames":["a"]})",
                            kUndecidable, "annotation hami.io/device-scoring-weights"}));

TEST(DecodeTest, BindBodiesThatSayTooLittleAreRefusedByName) {
  struct Case {
    std::string body;
    absl::StatusCode code;
    std::string message;
  };
  for (const auto& [body, code, message] : {
           Case{"", kNoRequest, "ExtenderBindingArgs: malformed JSON"},
           Case{"[]", kNoRequest, "must be a JSON object"},
           Case{R"({"PodName":1})", kNoRequest, "ExtenderBindingArgs.PodName: must be a string"},
           Case{R"({"PodName":"p","PodNamespace":"ns","PodUID":"u","Node":"n"} x)", kNoRequest,
                "malformed"},
           Case{R"({"PodName":"p","PodNamespace":"ns","PodUID":"u"})", kUndecidable,
                "ExtenderBindingArgs.Node"},
           Case{R"({"PodName":"p","PodNamespace":"ns","PodUID":null,"Node":"n"})", kUndecidable,
                "ExtenderBindingArgs.PodUID: must be given"},
           Case{R"({"PodName":"","PodNamespace":"ns","PodUID":"u","Node":"n"})", kUndecidable,
                "ExtenderBindingArgs.PodName: must be given"},
           Case{"{}", kUndecidable, "ExtenderBindingArgs.PodName"},
       }) {
    const auto call = DecodeBindingArgs(body);
    ASSERT_FALSE(call.ok()) << body;
    EXPECT_EQ(call.status().code(), code) << call.status();
    EXPECT_THAT(std::string(call.status().message()), HasSubstr(message));
  }
}

TEST(DecodeTest, BodiesCutAtAnyByteAreRefused) {
  ArgsDecoder decoder;
  const std::string filter = ReadBody("slice-filter.json");
  for (size_t size = 0; size < filter.size(); ++size) {
    EXPECT_FALSE(decoder.Decode(filter.substr(0, size)).ok()) << size;
  }
  const std::string bind = ReadBody("slice-bind.json");
  for (size_t size = 0; size < bind.size(); ++size) {
    EXPECT_FALSE(DecodeBindingArgs(bind.substr(0, size)).ok()) << size;
  }
}

TEST(DecodeTest, MutatedBodiesAreAnswered) {
  std::mt19937 random(7);
  ArgsDecoder decoder;
  const std::string body = ReadBody("several-prioritize.json");
  size_t refused = 0;
  for (int round = 0; round < 10000; ++round) {
    std::string mutated = body;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      mutated[random() % mutated.size()] = static_cast<char>(random() % 256);
    }
    if (!decoder.Decode(std::move(mutated)).ok()) ++refused;
  }
  EXPECT_GT(refused, 100u);
  EXPECT_LT(refused, 10000u);
}

TEST(DecodeTest, APoolKeepsDecodersButNotHugeOnes) {
  DecoderPool pool;
  ArgsDecoder* first = nullptr;
  {
    DecoderPool::Lease lease = pool.Borrow();
    first = lease.operator->();
    DecoderPool::Lease other = pool.Borrow();
    EXPECT_NE(other.operator->(), first);
    EXPECT_TRUE(lease->Decode(Args(R"(,"NodeNames":["a"])")).ok());
  }
  {
    DecoderPool::Lease lease = pool.Borrow();
    EXPECT_EQ(lease->largest_body(), Args(R"(,"NodeNames":["a"])").size());
    EXPECT_FALSE(lease->Decode(std::string(size_t{5} << 20, '[')).ok());
  }
  DecoderPool::Lease lease = pool.Borrow();
  EXPECT_EQ(lease->largest_body(), 0u);
}

}  // namespace
}  // namespace tangram::api::extender
