// One pod, one meaning: whichever way a Pod object comes in, it is read as the same model::Pod.
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/no_writes.h"
#include "api/cli/pod_manifests.h"
#include "api/cli/sync.h"
#include "api/cli/system_clock.h"
#include "api/dialects/hami/pod.h"
#include "api/extender/codec.h"
#include "api/kubernetes/kube_api.h"
#include "api/standalone/cluster_file.h"
#include "api/standalone/file_api.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/kubernetes/fake_server.h"

namespace tangram::api::cli {
namespace {

using ::testing::SizeIs;

struct Door {
  std::string name;
  model::Pod pod;
};

void ExpectSame(const std::vector<Door>& doors, const model::Pod& expected) {
  for (const Door& door : doors) EXPECT_EQ(door.pod, expected) << door.name;
}

// --- The doors. ---

model::Pod ByWatch(const std::string& json, bool list) {
  scheduler::SchedulerOptions options;
  options.node_policy = scheduler::FindNodePolicy("binpack");
  SystemClock clock;
  NoWrites port;
  scheduler::Scheduler scheduler(options, clock, port);
  const auto log =
      telemetry::Logger::ToSink(telemetry::LogLevel::kWarn, telemetry::Logger::Form::kText,
                                [](std::string_view line) { ADD_FAILURE() << line; });
  UnaccountedLog unaccounted(scheduler, *log, nullptr);
  PodSink sink(scheduler, *log, unaccounted);
  const std::string padded = json + std::string(64, ' ');
  const std::string_view text = std::string_view(padded).substr(0, json.size());
  if (list) {
    sink.BeginReplace();
    sink.Object(text);
    sink.EndReplace("7");
  } else {
    sink.Upsert(text);
  }
  const scheduler::TopView top = scheduler.Top();
  port.Stop();
  EXPECT_THAT(top.waiting, SizeIs(1));
  return top.waiting.empty() ? model::Pod() : top.waiting[0];
}

model::Pod ByGet(const std::string& json) {
  kubernetes::testing::FakeServer server(
      [&json](const kubernetes::testing::FakeRequest&, kubernetes::testing::FakePeer& peer) {
        return peer.Answer(200, json);
      });
  kubernetes::KubeApiOptions options;
  options.user_agent = "tangram/test";
  kubernetes::PooledKubeApi api(std::make_shared<const kubernetes::ClusterAccess>(server.Access()),
                                std::make_shared<kubernetes::Watchdog>(), options);
  std::promise<scheduler::PodReading> answer;
  api.GetPod("team", "trainer",
             [&answer](scheduler::PodReading reading) { answer.set_value(std::move(reading)); });
  const scheduler::PodReading reading = answer.get_future().get();
  EXPECT_EQ(reading.outcome, scheduler::PodReading::Outcome::kFound) << reading.message;
  return reading.pod;
}

model::Pod ByVerb(const std::string& json) {
  extender::ArgsDecoder decoder;
  const auto call = decoder.Decode(R"({"Nodes":null,"NodeNames":["n"],"Pod":)" + json + "}");
  EXPECT_TRUE(call.ok()) << call.status();
  return call.ok() ? call->pod : model::Pod();
}

model::Pod ByFile(const std::string& json, bool yaml) {
  const std::string text = std::string(yaml ? "# of a cluster\n" : "") +
                           R"({"kind":"List","items":[{"kind":"Node","metadata":{"name":"n"}},)" +
                           json + "]}";
  const auto file = standalone::ParseClusterText(text, "cluster");
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok() || file->pods.size() != 1) return model::Pod();
  return file->pods[0];
}

model::Pod ByManifest(const std::string& json) {
  const auto pods = ParsePodManifests(json, "pod.yaml", RandomUuid);
  EXPECT_TRUE(pods.ok()) << pods.status();
  if (!pods.ok() || pods->size() != 1) return model::Pod();
  const auto pod = hami::DecodePod((*pods)[0].object.dump());
  EXPECT_TRUE(pod.ok()) << pod.status();
  return pod.ok() ? *pod : model::Pod();
}

// A pod that waits, of all that a scheduler looks at.
constexpr std::string_view kWaiting = R"({
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "trainer", "namespace": "team", "uid": "u-31", "resourceVersion": "8",
    "annotations": {"nvidia.com/use-gputype": "A100", "hami.io/node-scheduler-policy": "spread"}},
  "spec": {"schedulerName": "tangram-scheduler", "overhead": {"cpu": "50m", "memory": "16Mi"},
    "initContainers": [
      {"name": "warm", "resources": {"requests": {"cpu": "3", "memory": "1Gi"}}},
      {"name": "side", "restartPolicy": "Always", "resources": {
        "limits": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "2000", "cpu": "500m"},
        "requests": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "2000", "cpu": "250m"}}}],
    "containers": [
      {"name": "main", "resources": {
        "limits": {"nvidia.com/gpu": "2", "nvidia.com/gpucores": "30", "memory": "4Gi"},
        "requests": {"nvidia.com/gpu": "2", "nvidia.com/gpucores": "30", "cpu": "1500m",
                     "memory": "4Gi"}}}]},
  "status": {"phase": "Pending"}})";

TEST(DoorsTest, APodThatWaitsIsTheSameThroughEveryDoor) {
  const std::string json(kWaiting);
  const auto expected = hami::DecodePod(json);
  ASSERT_TRUE(expected.ok()) << expected.status();
  // The init container is the peak of CPU, those that run side by side are that of memory.
  EXPECT_EQ(expected->host, (model::HostResources{3050, 4112}));
  EXPECT_EQ(expected->request.kubelet_gpus, 3);
  ExpectSame({{"list", ByWatch(json, true)},
              {"watch", ByWatch(json, false)},
              {"GET", ByGet(json)},
              {"filter and prioritize", ByVerb(json)},
              {"JSON file", ByFile(json, false)},
              {"YAML file", ByFile(json, true)},
              {"manifest", ByManifest(json)}},
             *expected);
}

// A pod that runs and is resized.
constexpr std::string_view kRunning = R"({
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "server", "namespace": "team", "uid": "u-32", "resourceVersion": "9",
    "annotations": {"hami.io/vgpu-node": "n", "hami.io/bind-phase": "success",
      "hami.io/vgpu-devices-allocated": "GPU-k,NVIDIA,3000,20:;"}},
  "spec": {"nodeName": "n", "containers": [{"name": "main", "resources": {
    "limits": {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "3000", "nvidia.com/gpucores": "20"},
    "requests": {"cpu": "2", "memory": "1Gi"}}}]},
  "status": {"phase": "Running", "containerStatuses": [{"name": "main",
    "allocatedResources": {"cpu": "2", "memory": "1Gi"},
    "resources": {"requests": {"cpu": "6", "memory": "512Mi"}}}]}})";

TEST(DoorsTest, APodThatRunsIsTheSameThroughEveryDoor) {
  const std::string json(kRunning);
  const auto expected = hami::DecodePod(json);
  ASSERT_TRUE(expected.ok()) << expected.status();
  EXPECT_EQ(expected->host, (model::HostResources{6000, 1024}));
  EXPECT_EQ(expected->allocation_state, model::AllocationState::kReadable);
  ExpectSame({{"GET", ByGet(json)},
              {"filter and prioritize", ByVerb(json)},
              {"JSON file", ByFile(json, false)},
              {"YAML file", ByFile(json, true)},
              {"manifest", ByManifest(json)}},
             *expected);
}

TEST(DoorsTest, ABindWithoutAnApiServerBooksWhatTheWatchWould) {
  const auto bound = hami::DecodePod(kRunning);
  ASSERT_TRUE(bound.ok()) << bound.status();
  scheduler::BindingWrite write;
  write.pod = bound->id;
  write.node = bound->node;
  write.allocation = bound->allocation;
  write.counts = {{"nvidia.com/gpu", bound->request.kubelet_gpus}};
  write.host = bound->host;
  standalone::FileApi api({}, {}, nullptr);
  std::promise<model::Pod> shown;
  api.Watch([&shown](const model::Pod& pod) { shown.set_value(pod); });
  api.PostBinding(write, [](const scheduler::WriteResult&) {});
  const auto ours = scheduler::EventOfBound(shown.get_future().get(), true);
  const auto theirs = scheduler::EventOfBound(*bound, true);
  ASSERT_TRUE(ours.has_value() && theirs.has_value());
  const auto& a = std::get<model::PodBooked>(*ours);
  const auto& b = std::get<model::PodBooked>(*theirs);
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.node, b.node);
  EXPECT_EQ(a.allocation, b.allocation);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.kubelet_gpus, b.kubelet_gpus);
  EXPECT_EQ(a.counted, b.counted);
}

}  // namespace
}  // namespace tangram::api::cli
