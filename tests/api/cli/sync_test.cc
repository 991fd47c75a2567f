// From watch to scheduler: lists replace, events change, and what cannot be read is passed over.
#include "api/cli/sync.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/no_writes.h"
#include "api/cli/system_clock.h"
#include "api/cli/top_report.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kPadding = 64;

class SyncTest : public ::testing::Test {
 protected:
  SyncTest() { Start(/*close_unaccounted=*/true); }
  void Start(bool close_unaccounted) {
    scheduler::SchedulerOptions options;
    options.close_unaccounted = close_unaccounted;
    options.node_policy = scheduler::FindNodePolicy("binpack");
    options.node_lock = scheduler::NodeLockMode::kOff;
    scheduler_ = std::make_unique<scheduler::Scheduler>(options, clock_, port_);
    const auto tell = [this](const kubernetes::EventNote& note) { notes_.push_back(note); };
    unaccounted_ = std::make_unique<UnaccountedLog>(*scheduler_, *log_, tell);
    nodes_ = std::make_unique<NodeSink>(*scheduler_, *log_, *unaccounted_);
    pods_ = std::make_unique<PodSink>(*scheduler_, *log_, *unaccounted_, tell);
  }
  void TearDown() override { port_.Stop(); }

  // The text with what simdjson may read behind it.
  std::string_view Padded(const std::string& text) {
    buffer_ = text + std::string(kPadding, ' ');
    return std::string_view(buffer_).substr(0, text.size());
  }

  static std::string Node(const std::string& name, const std::string& register_text) {
    return json{{"metadata",
                 {{"name", name},
                  {"resourceVersion", "1"},
                  {"annotations", {{"hami.io/node-nvidia-register", register_text}}}}},
                {"status", {{"allocatable", {{"nvidia.com/gpu", "10"}}}}}}
        .dump();
  }
  static std::string GoodNode(const std::string& name) {
    return Node(name, json::array({{{"id", "GPU-" + name},
                                    {"count", 10},
                                    {"devmem", 40960},
                                    {"devcore", 100},
                                    {"type", "NVIDIA A100"},
                                    {"mode", "hami-core"},
                                    {"health", true}}})
                          .dump());
  }
  // Four cards, run by the stock device plugin.
  static std::string StockNode(const std::string& name) {
    return json{
        {"metadata",
         {{"name", name},
          {"resourceVersion", "1"},
          {"labels", {{"nvidia.com/gpu.product", "NVIDIA-A100"}, {"nvidia.com/gpu.count", "4"}}}}},
        {"status", {{"allocatable", {{"nvidia.com/gpu", "4"}}}}}}
        .dump();
  }
  static std::string WaitingPod(const std::string& name) {
    return json{{"metadata", {{"name", name}, {"namespace", "default"}, {"uid", "uid-" + name}}},
                {"spec",
                 {{"containers",
                   {{{"name", "c"}, {"resources", {{"limits", {{"nvidia.com/gpu", "1"}}}}}}}}}},
                {"status", {{"phase", "Pending"}}}}
        .dump();
  }

  TopReport Top() { return MakeTopReport(scheduler_->Top()); }

  std::vector<std::string> lines_;
  std::vector<kubernetes::EventNote> notes_;
  std::unique_ptr<telemetry::Logger> log_ =
      telemetry::Logger::ToSink(telemetry::LogLevel::kWarn, telemetry::Logger::Form::kText,
                                [this](std::string_view l) { lines_.emplace_back(l); });
  SystemClock clock_;
  NoWrites port_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  std::unique_ptr<UnaccountedLog> unaccounted_;
  std::unique_ptr<NodeSink> nodes_;
  std::unique_ptr<PodSink> pods_;
  std::string buffer_;
};

TEST_F(SyncTest, ReadyAfterBothLists) {
  nodes_->BeginReplace();
  nodes_->Object(Padded(GoodNode("a")));
  nodes_->EndReplace("5");
  EXPECT_FALSE(scheduler_->ready());
  pods_->BeginReplace();
  pods_->EndReplace("6");
  EXPECT_TRUE(scheduler_->ready());
  ASSERT_THAT(Top().nodes, SizeIs(1));
  EXPECT_EQ(Top().nodes[0].cards.at(0).uuid, "GPU-a");
}

TEST_F(SyncTest, ListBegunAnewCountsAlone) {
  nodes_->BeginReplace();
  nodes_->Object(Padded(GoodNode("a")));
  nodes_->BeginReplace();
  nodes_->Object(Padded(GoodNode("b")));
  nodes_->EndReplace("5");
  ASSERT_THAT(Top().nodes, SizeIs(1));
  EXPECT_EQ(Top().nodes[0].name, "b");
  nodes_->BeginReplace();
  nodes_->EndReplace("6");
  EXPECT_THAT(Top().nodes, IsEmpty());
}

TEST_F(SyncTest, EventsAddAndRemove) {
  nodes_->Upsert(Padded(GoodNode("a")));
  pods_->Upsert(Padded(WaitingPod("p")));
  EXPECT_THAT(Top().nodes, SizeIs(1));
  EXPECT_THAT(Top().waiting, SizeIs(1));
  pods_->Delete(Padded(WaitingPod("p")));
  nodes_->Delete(Padded(GoodNode("a")));
  EXPECT_THAT(Top().nodes, IsEmpty());
  EXPECT_THAT(Top().waiting, IsEmpty());
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(SyncTest, UnreadableObjectChangesNothing) {
  nodes_->Upsert(Padded(GoodNode("a")));
  nodes_->Upsert(Padded(R"({"metadata":{"name":5}})"));
  nodes_->Upsert(Padded(R"({"metadata":)"));
  pods_->Upsert(Padded("[]"));
  pods_->Delete(Padded("null"));
  EXPECT_THAT(Top().nodes, SizeIs(1));
  ASSERT_THAT(lines_, SizeIs(4));
  EXPECT_THAT(lines_[0], HasSubstr("object passed over kind=Node why="));
}

TEST_F(SyncTest, ProblemOfANodeIsLoggedOnce) {
  for (int i = 0; i < 3; ++i) nodes_->Upsert(Padded(Node("a", "[{\"id\":")));
  EXPECT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("node has cards that cannot be used node=a why="));
  nodes_->Upsert(Padded(GoodNode("a")));
  nodes_->Upsert(Padded(Node("a", "[{\"id\":")));
  EXPECT_THAT(lines_, SizeIs(2));
}

TEST_F(SyncTest, PodThatDoesNotSayWhatItTakesIsToldOnce) {
  nodes_->Upsert(Padded(GoodNode("a")));
  json pod = json::parse(WaitingPod("stranger"));
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, IsEmpty()) << "not bound yet";
  pod["spec"]["nodeName"] = "a";
  pods_->Upsert(Padded(pod.dump()));
  pods_->Upsert(Padded(pod.dump()));
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_EQ(notes_[0].reason, "UnaccountedPod");
  EXPECT_EQ(notes_[0].uid, "uid-stranger");
  EXPECT_THAT(notes_[0].message, HasSubstr("is missing"));
  EXPECT_THAT(notes_[0].message, HasSubstr("node a takes no new GPU pod"));
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("default/stranger"));

  pods_->Delete(Padded(pod.dump()));
  pod["metadata"]["uid"] = "uid-of-the-next";
  pod["metadata"]["annotations"]["hami.io/vgpu-devices-allocated"] = "GPU-x,NVIDIA,three,30:;";
  pods_->Upsert(Padded(pod.dump()));
  ASSERT_THAT(notes_, SizeIs(2));
  EXPECT_THAT(notes_[1].message, HasSubstr("cannot be read"));
}

TEST_F(SyncTest, AnnotationsThatDoNothingAreToldOnceForAPodThatWaits) {
  json pod = json::parse(WaitingPod("typo"));
  pod["metadata"]["annotations"]["nvidia.com/use-gputyp"] = "T4";
  pods_->Upsert(Padded(pod.dump()));
  pods_->Upsert(Padded(pod.dump()));
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_EQ(notes_[0].kind, "Pod");
  EXPECT_EQ(notes_[0].uid, "uid-typo");
  EXPECT_TRUE(notes_[0].warning);
  EXPECT_EQ(notes_[0].reason, "AnnotationNotUnderstood");
  EXPECT_THAT(notes_[0].message, HasSubstr("did you mean nvidia.com/use-gputype?"));
  EXPECT_THAT(lines_, SizeIs(1));

  pods_->BeginReplace();
  pods_->Object(Padded(pod.dump()));
  pods_->EndReplace("5");
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, SizeIs(1)) << "told before the list";

  json bound = pod;
  bound["metadata"]["uid"] = "uid-bound";
  bound["spec"]["nodeName"] = "n";
  pods_->Upsert(Padded(bound.dump()));
  EXPECT_THAT(notes_, SizeIs(1)) << "too late to help";

  pods_->Delete(Padded(pod.dump()));
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, SizeIs(2));
}

TEST_F(SyncTest, PodsOnANodeThatCountsOnlyAreNeverTold) {
  json pod = json::parse(WaitingPod("first"));
  pod["spec"]["nodeName"] = "stock";
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, IsEmpty()) << "the node is not known yet";
  nodes_->Upsert(Padded(StockNode("stock")));
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(SyncTest, PodWhoseNodeComesLaterIsToldThen) {
  json pod = json::parse(WaitingPod("stranger"));
  pod["spec"]["nodeName"] = "a";
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, IsEmpty());
  nodes_->Upsert(Padded(GoodNode("a")));
  EXPECT_THAT(notes_, SizeIs(1));
}

TEST_F(SyncTest, PodWhoseCardLeavesTheRegisterIsToldWithTheCardAndAgainWhenItIsAnother) {
  nodes_->Upsert(Padded(GoodNode("a")));
  json pod = json::parse(WaitingPod("old"));
  pod["spec"]["nodeName"] = "a";
  pod["metadata"]["annotations"]["hami.io/vgpu-devices-allocated"] = "GPU-a,NVIDIA,40960,100:;";
  pods_->Upsert(Padded(pod.dump()));
  EXPECT_THAT(notes_, IsEmpty());
  const std::string renamed =
      R"([{"id":"GPU-renamed","count":10,"devmem":40960,"devcore":100,"type":"NVIDIA A100","health":true}])";
  for (int i = 0; i < 3; ++i) nodes_->Upsert(Padded(Node("a", renamed)));
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_EQ(notes_[0].name, "old");
  EXPECT_THAT(notes_[0].message, HasSubstr("its card GPU-a is not among the cards that node a"));
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("default/old"));
  EXPECT_THAT(lines_[0], HasSubstr("GPU-a"));
  nodes_->Upsert(Padded(GoodNode("a")));
  nodes_->Upsert(Padded(Node("a", renamed)));
  EXPECT_THAT(notes_, SizeIs(2)) << "it was well in between";
}

TEST_F(SyncTest, ListsTellOfWhatTheyLeaveUnaccountedOnce) {
  json pod = json::parse(WaitingPod("old"));
  pod["spec"]["nodeName"] = "a";
  pod["metadata"]["annotations"]["hami.io/vgpu-devices-allocated"] = "gpu-A,NVIDIA,40960,100:;";
  for (int i = 0; i < 2; ++i) {
    pods_->BeginReplace();
    pods_->Object(Padded(pod.dump()));
    pods_->EndReplace("5");
    nodes_->BeginReplace();
    nodes_->Object(Padded(GoodNode("a")));
    nodes_->EndReplace("6");
  }
  EXPECT_THAT(notes_, SizeIs(1));
}

TEST_F(SyncTest, DeviceClassesAreWhatDraGivesOut) {
  DeviceClassSink classes(*scheduler_, *log_);
  const std::string named = R"({"metadata": {"name": "gpu"},
                                "spec": {"extendedResourceName": "nvidia.com/gpu"}})";
  classes.BeginReplace();
  classes.Object(Padded(named));
  classes.EndReplace("1");
  EXPECT_THAT(scheduler_->snapshot().dra_resources(), ElementsAre("nvidia.com/gpu"));
  classes.Upsert(Padded(R"({"metadata": {"name": "mig.nvidia.com"}})"));
  EXPECT_THAT(scheduler_->snapshot().dra_resources(), SizeIs(2));
  classes.Delete(Padded(named));
  classes.Upsert(Padded("[]"));
  EXPECT_THAT(scheduler_->snapshot().dra_resources(),
              ElementsAre("deviceclass.resource.kubernetes.io/mig.nvidia.com"));
}

TEST_F(SyncTest, ContradictionsOfANodeAreLoggedOnce) {
  json node = json::parse(StockNode("stock"));
  node["metadata"]["labels"]["nvidia.com/gpu.count"] = "9";
  for (int i = 0; i < 3; ++i) nodes_->Upsert(Padded(node.dump()));
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("node contradicts itself node=stock why="));
}

TEST_F(SyncTest, WhatResourceSlicesSayOtherwiseIsLoggedOnceAndChangesNothing) {
  CardInventory cards;
  nvidia::ResourceSlice slice;
  slice.name = "s";
  slice.node = slice.pool = "stock";
  slice.cards = {{"GPU-a", "NVIDIA H100", 81920}};
  cards.Put(slice);
  NodeSink nodes(*scheduler_, *log_, *unaccounted_, &cards);
  for (int i = 0; i < 3; ++i) nodes.Upsert(Padded(StockNode("stock")));
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[0], HasSubstr("node contradicts itself node=stock why="));
  EXPECT_THAT(lines_[0], HasSubstr("labels are believed"));
  EXPECT_THAT(lines_[1], HasSubstr("allocatable is believed"));
  const TopReport report = MakeTopReport(scheduler_->Top(), &cards);
  EXPECT_EQ(report.nodes.at(0).pools.at(0).devices.total, 4);
  EXPECT_EQ(report.nodes.at(0).known_cards.at(0).uuid, "GPU-a");
  cards.Remove("s");
  nodes.Upsert(Padded(StockNode("stock")));
  EXPECT_TRUE(MakeTopReport(scheduler_->Top(), &cards).nodes.at(0).known_cards.empty());
}

TEST_F(SyncTest, PodThatIsIgnoredDoesNotCloseItsNodeAndTheTextSaysSo) {
  Start(/*close_unaccounted=*/false);
  nodes_->Upsert(Padded(GoodNode("a")));
  json pod = json::parse(WaitingPod("stranger"));
  pod["spec"]["nodeName"] = "a";
  pods_->Upsert(Padded(pod.dump()));
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_THAT(notes_[0].message, HasSubstr("what it takes of node a is not counted"));
}

TEST_F(SyncTest, LostWatchIsAWarning) {
  nodes_->Connected(true);
  EXPECT_THAT(lines_, IsEmpty());
  nodes_->Connected(false);
  pods_->Connected(false);
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[0], HasSubstr("warn  watch lost kind=Node\n"));
}

}  // namespace
}  // namespace tangram::api::cli
