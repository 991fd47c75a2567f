// Annotations that seem to do something and do not.
#include "api/dialects/hami/annotation_check.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AnnotationCheckTest, MisspeltKeysGetTheNearestOne) {
  struct Case {
    const char *key, *meant;
  };
  for (const Case& c : {Case{"nvidia.com/use-gputypes", "nvidia.com/use-gputype?"},
                        Case{"nvidia.com/use-gpu-type", "nvidia.com/use-gputype?"},
                        Case{"nvidia.com/no-use-gputype", "nvidia.com/nouse-gputype?"},
                        Case{"nvidia.com/use-gpuuid", "nvidia.com/use-gpuuuid?"},
                        Case{"Nvidia.com/numa-bind", "nvidia.com/numa-bind?"},
                        Case{"nvidia.com/numabind", "nvidia.com/numa-bind?"},
                        Case{"hami.io/node-schedular-policy", "hami.io/node-scheduler-policy?"},
                        Case{"nvidia.com/gpu-scheduler-policy", "hami.io/gpu-scheduler-policy?"},
                        Case{"hami.io/use-gputype", "nvidia.com/use-gputype?"},
                        Case{"use-gputype", "nvidia.com/use-gputype?"},
                        Case{"amd.com/use-gpuuuid", "amd.com/use-gpu-uuid?"},
                        Case{"tangram.dev/mig-profiles", "tangram.dev/mig-profile?"}}) {
    const bool spared = std::string(c.key) == "hami.io/use-gputype";  // HAMi's for other vendors
    EXPECT_EQ(CheckAnnotation(c.key, "x"),
              spared ? ""
                     : "annotation " + std::string(c.key) +
                           " is unknown and does nothing; did you mean " + c.meant);
  }
}

TEST(AnnotationCheckTest, OtherPeoplesKeysAndOursAreLeftAlone) {
  for (const char* key :
       {"kubectl.kubernetes.io/last-applied-configuration", "prometheus.io/scrape", "app",
        "nvidia.com/cuda.driver", "hami.io/vgpu-node", "hami.io/vgpu-devices-allocated",
        "hami.io/bind-phase", "hami.io/use-xpu-uuid", "hygon.com/use-gpuuuid",
        "cambricon.com/use-gpuuuid", "volcano.sh/use-gputype", "tangram.dev/wake"}) {
    EXPECT_EQ(CheckAnnotation(key, "x"), "") << key;
  }
}

TEST(AnnotationCheckTest, ValuesThatAreReadAsAnotherAreNamed) {
  struct Case {
    const char *key, *value, *said;
  };
  for (const Case& c : {Case{"hami.io/node-scheduler-policy", "binpak", "did you mean binpack?"},
                        Case{"hami.io/node-scheduler-policy", "", "allowed are"},
                        Case{"hami.io/gpu-scheduler-policy", "Spread", "did you mean spread?"},
                        Case{"hami.io/gpu-scheduler-policy", "binpack,nuna", "did you mean numa?"},
                        Case{"hami.io/gpu-scheduler-policy", "fastest", "it counts as spread"},
                        Case{"nvidia.com/numa-bind", "yes", "allowed are true and false"},
                        Case{"nvidia.com/vgpu-mode", "hamicore", "names none of the modes"},
                        Case{"nvidia.com/use-gputype", " , ", "is empty"},
                        Case{"nvidia.com/nouse-gputype", "T4;P4", "parted by commas"},
                        Case{"nvidia.com/use-gpuuuid", "GPU-1 GPU-2", "parted by commas"},
                        Case{"amd.com/use-gpu-uuid", "", "is empty"},
                        Case{"hami.io/device-cordon", "GPU-1", "is one of nodes"}}) {
    EXPECT_THAT(CheckAnnotation(c.key, c.value),
                AllOf(HasSubstr("annotation " + std::string(c.key) + " "), HasSubstr(c.said)))
        << c.value;
  }
}

TEST(AnnotationCheckTest, SoundValuesAreNot) {
  struct Case {
    const char *key, *value;
  };
  for (const Case& c :
       {Case{"hami.io/node-scheduler-policy", "spread"},
        Case{"hami.io/node-scheduler-policy", "tangram"},
        Case{"hami.io/gpu-scheduler-policy", "binpack, numa"},
        Case{"hami.io/gpu-scheduler-policy", "topology-aware"}, Case{"nvidia.com/numa-bind", "T"},
        Case{"nvidia.com/vgpu-mode", "mig"}, Case{"nvidia.com/use-gputype", "Tesla P40, A100"},
        Case{"nvidia.com/use-gpuuuid", "GPU-1,GPU-2"},
        Case{"hami.io/device-scoring-weights", "refused elsewhere"},
        Case{"tangram.dev/mig-profile", "1g.10gb"}}) {
    EXPECT_EQ(CheckAnnotation(c.key, c.value), "") << c.key;
  }
}

TEST(AnnotationCheckTest, APodIsReadWithItsLabelsAndTellsOfAtMostEight) {
  EXPECT_THAT(CheckAnnotations(R"({"metadata":{"name":"p",
      "labels":{"nvidia.com/use-gputype":"T4","app":"x"},
      "annotations":{"nvidia.com/use-gputypes":"T4","app":"x"}}})"),
              ElementsAre(HasSubstr("label nvidia.com/use-gputype"),
                          HasSubstr("annotation nvidia.com/use-gputypes")));
  std::string many = R"({"metadata":{"annotations":{"a":"b")";
  for (int i = 0; i < 5000; ++i) {
    many += ",\"nvidia.com/use-gputype" + std::to_string(i % 10) + "\":\"\"";
  }
  EXPECT_THAT(CheckAnnotations(many + "}}}"), SizeIs(kMostAnnotationNotes));
  for (const char* none : {"", "{", "[]", R"({"metadata":7})", R"({"metadata":{}})"}) {
    EXPECT_THAT(CheckAnnotations(none), IsEmpty()) << none;
  }
}

}  // namespace
}  // namespace tangram::api::hami
