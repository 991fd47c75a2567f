#include "api/traces/openb.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "gmock/gmock.h"

namespace tangram::api::traces {
namespace {

using ::testing::ElementsAre;

constexpr char kNodes[] =
    "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\nn1,96000,393216,8,T4\r\n\n";
constexpr char kPods[] =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos\n"
    "p0,12000,16384,1,460,,LS\np1,4000,8192,8,1000,T4|A10,BE\np2,1000,512,0,0,,LS\n";

TEST(OpenBTest, ReadsNodesAndPods) {
  const auto workload = ReadOpenB({"n.csv", kNodes}, {"p.csv", kPods});
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->models, ElementsAre("P100", "T4"));
  ASSERT_EQ(workload->nodes.size(), 2u);
  EXPECT_EQ(workload->nodes[1].view.cards, 8);
  EXPECT_EQ(workload->nodes[1].view.gpu_left(), 8000);
  ASSERT_EQ(workload->pods.size(), 3u);
  EXPECT_EQ(workload->pods[0].pod.demand.models, scheduler::kAnyModel);
  EXPECT_EQ(workload->pods[1].pod.demand.models, 2u) << "A10 is on no node";
  EXPECT_EQ(workload->pods[1].pod.model_text, "T4|A10");
  EXPECT_EQ(workload->pods[2].pod.demand.cards, 0);
}

TEST(OpenBTest, MarksAndBlanksAroundFieldsPlayNoPart) {
  const std::string nodes =
      "\xef\xbb\xbfsn , cpu_milli,memory_mib,\tgpu,model\r\n"
      " n0 ,64000, 262144,2 , P100\n   \nn1,96000,393216,8,T4\n";
  const std::string pods =
      "\xef\xbb\xbf"
      "name, cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec\n"
      "p-0, 4000, 8192, 1, 460, \np-1, 4000, 8192, 1, 1000, T4 | A10\n";
  const auto workload = ReadOpenB({"n.csv", nodes}, {"p.csv", pods});
  ASSERT_TRUE(workload.ok()) << workload.status();
  EXPECT_THAT(workload->models, ElementsAre("P100", "T4"));
  EXPECT_EQ(workload->nodes.at(0).name, "n0");
  EXPECT_EQ(workload->pods.at(0).pod.demand.milli, 460);
  EXPECT_EQ(workload->pods.at(0).pod.demand.models, scheduler::kAnyModel);
  EXPECT_EQ(workload->pods.at(1).pod.demand.models, 2u);
}

TEST(OpenBTest, AnOrderMayHaveAMarkAndLinesOfWindows) {
  const std::string text = "\xef\xbb\xbfseed 7 pods 2 nodes 1\r\n1 0\r\n0\r\n";
  const auto arrivals = ReadArrivals({"a.txt", text}, 7);
  ASSERT_TRUE(arrivals.ok()) << arrivals.status();
  EXPECT_THAT(arrivals->pods, ElementsAre(1u, 0u));
  EXPECT_FALSE(ReadArrivals({"a.txt", "seed 7 pods 99999999 nodes 1\n1 0\n0\n"}, 7).ok());
}

TEST(OpenBTest, ErrorsNameFileLineColumnAndValue) {
  const auto message = [](const std::string& nodes, const std::string& pods) {
    return std::string(ReadOpenB({"n.csv", nodes}, {"p.csv", pods}).status().message());
  };
  const std::string head = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n";
  EXPECT_EQ(message("", kPods), "n.csv: must begin with a header line");
  EXPECT_EQ(message("sn,cpu_milli\n", kPods),
            "n.csv:1: columns missing: memory_mib, gpu, model; there are sn, cpu_milli");
  EXPECT_EQ(message("sn,sn\n", kPods), "n.csv:1: the header names a column twice");
  EXPECT_EQ(message(kNodes, head + "p,1,2,3\n"),
            "p.csv:2: 4 fields; must be as many as the header has, 5");
  EXPECT_EQ(message(kNodes, head + "p,x,2,1,500\n"),
            "p.csv:2: cpu_milli: \"x\": must be a whole number from 0 to 1099511627776");
  EXPECT_EQ(message(kNodes, head + "p,1,2,1,-5\n"),
            "p.csv:2: gpu_milli: \"-5\": must be a whole number from 0 to 1000");
  EXPECT_EQ(message(kNodes, head + "p,1,2,99,1000\n"),
            "p.csv:2: num_gpu: \"99\": must be a whole number from 0 to 64");
  EXPECT_EQ(message(kNodes, head + "p,1,2,2,500\n"),
            "p.csv:2: gpu_milli: \"500\": must be 1000 for a pod with several GPUs");
  EXPECT_EQ(message(std::string(kNodes) + "n0,1,1,1,T4\n", kPods),
            "n.csv:5: sn: \"n0\": must be a name that no other node has");
  EXPECT_EQ(message(kNodes, head + "\"p\",1,2,1,500\n"),
            "p.csv:2: fields must be plain text, this line has a quote");
}

TEST(OpenBTest, ALifetimeGoesFromTheStartOrElseFromTheCreation) {
  const std::string head =
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time\n";
  const auto read = [&head](const std::string& row) {
    const std::string pods = head + row + "\n";
    return ReadOpenB({"n.csv", kNodes}, {"p.csv", pods});
  };
  EXPECT_EQ(read("p,1,2,1,500,10,50,20")->pods[0].lifetime_seconds, 30);
  EXPECT_EQ(read("p,1,2,1,500,10,50,")->pods[0].lifetime_seconds, 40);
  EXPECT_EQ(read("p,1,2,1,500,10,,20")->pods[0].lifetime_seconds, std::nullopt);
  EXPECT_EQ(ReadOpenB({"n.csv", kNodes}, {"p.csv", kPods})->pods[0].lifetime_seconds, std::nullopt);
  EXPECT_EQ(read("p,1,2,1,500,10,x,").status().message(),
            "p.csv:2: deletion_time: \"x\": must be a whole number from 0 to 1099511627776");
  EXPECT_EQ(read("p,1,2,1,500,10,9,").status().message(),
            "p.csv:2: deletion_time: \"9\": must not be before 10");
}

TEST(ArrivalsTest, ReadsTheOrderOfOneSeed) {
  const std::string text = "seed 1 pods 2 nodes 1\n0 1\n0\nseed 2 pods 3 nodes 2\n2 1 0\n1 0\n";
  const auto arrivals = ReadArrivals({"a.txt", text}, 2);
  ASSERT_TRUE(arrivals.ok()) << arrivals.status();
  EXPECT_THAT(arrivals->pods, ElementsAre(2, 1, 0));
  EXPECT_THAT(arrivals->ranks, ElementsAre(1, 0));
  const auto message = [](const std::string& broken) {
    return std::string(ReadArrivals({"a.txt", broken}, 1).status().message());
  };
  EXPECT_EQ(message("seed 2 pods 1 nodes 1\n0\n0\n"), "a.txt: seed 1 is not in it");
  EXPECT_EQ(message("seed x\n"), "a.txt:1: \"seed x\": must be \"seed S pods P nodes N\"");
  EXPECT_EQ(message("seed 1 pods 2 nodes 1\n0\n0\n"),
            "a.txt:2: pod 2 of 2: \"\": must be a whole number from 0 to 4294967295");
  EXPECT_EQ(message("seed 1 pods 1 nodes 1\n0 1\n0\n"),
            "a.txt:2: more than 1 numbers; must be as many as announced");
}

}  // namespace
}  // namespace tangram::api::traces
