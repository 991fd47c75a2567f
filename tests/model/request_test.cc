// What the kubelet counts for a pod, and which pods ask for nothing.
#include "model/request.h"

#include <vector>

#include "gtest/gtest.h"

namespace tangram::model {
namespace {

ContainerRequest Asks(ContainerKind kind, int32_t count) {
  ContainerRequest request;
  request.kind = kind;
  request.count = count;
  return request;
}

constexpr auto kInit = ContainerKind::kInit;
constexpr auto kSidecar = ContainerKind::kSidecar;
constexpr auto kApp = ContainerKind::kApp;

TEST(RequestTest, KubeletCountsAsItsAdmissionDoes) {
  const struct {
    const char* what;
    std::vector<ContainerRequest> containers;
    int64_t count;
  } cases[] = {
      {"no container", {}, 0},
      {"app containers add up", {Asks(kApp, 2), Asks(kApp, 3)}, 5},
      {"init containers run one by one", {Asks(kInit, 4), Asks(kInit, 3), Asks(kApp, 1)}, 4},
      {"apps above the init peak", {Asks(kInit, 2), Asks(kApp, 2), Asks(kApp, 1)}, 3},
      {"a sidecar runs with the apps", {Asks(kSidecar, 1), Asks(kApp, 2)}, 3},
      {"a sidecar runs with later init containers",
       {Asks(kSidecar, 1), Asks(kInit, 2), Asks(kApp, 0)},
       3},
      {"and not with earlier ones", {Asks(kInit, 2), Asks(kSidecar, 1), Asks(kApp, 0)}, 2},
      {"beyond 32 bits", {Asks(kApp, 2147483647), Asks(kApp, 2147483647)}, 4294967294},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    EXPECT_EQ(KubeletGpuCount(c.containers), c.count);
  }
}

TEST(RequestTest, EmptyWhenNoContainerAsks) {
  PodRequest request;
  EXPECT_TRUE(request.empty());
  request.containers = {Asks(kApp, 0), Asks(kInit, 0)};
  EXPECT_TRUE(request.empty());
  request.containers.push_back(Asks(kApp, 1));
  EXPECT_FALSE(request.empty());
}

}  // namespace
}  // namespace tangram::model
