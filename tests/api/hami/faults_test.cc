// Wishes that cannot be meant: found in every vendor's resources, told with field, value and what
// is allowed, and never read as "no card".
#include "api/dialects/hami/faults.h"

#include <string>
#include <vector>

#include "api/dialects/hami/pod.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<model::RequestFault> FaultsOf(const std::string& pod) {
  const auto decoded = DecodePod(pod);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return decoded.ok() ? decoded->request.faults : std::vector<model::RequestFault>();
}

std::vector<std::string> TextsOf(const std::string& pod) {
  std::vector<std::string> texts;
  for (const auto& fault : FaultsOf(pod)) texts.push_back(fault.text);
  return texts;
}

// A pod of one container, called "learn", with these limits.
std::string Limits(const std::string& limits) {
  return R"({"metadata":{"name":"p","uid":"u"},"spec":{"containers":[{"resources":{"limits":{)" +
         limits + R"(}},"name":"learn"}]}})";
}

TEST(FaultsTest, EveryAmountThatIsNoneIsNamedWithFieldValueAndWhatIsAllowed) {
  struct Case {
    const char *limits, *field, *value, *allowed;
  };
  const std::string card = R"("nvidia.com/gpu":"1",)";
  for (const Case& c : {
           Case{R"("nvidia.com/gpu":"0.25")", "limits[nvidia.com/gpu]", "\"0.25\"",
                "a whole number of cards from 0 to 2147483647"},
           Case{R"("nvidia.com/gpu":"900m")", "[nvidia.com/gpu]", "\"900m\"", "a whole number"},
           Case{R"("nvidia.com/gpu":-2)", "[nvidia.com/gpu]", "\"-2\"", "from 0"},
           Case{R"("nvidia.com/gpu":"3G")", "[nvidia.com/gpu]", "\"3G\"", "to 2147483647"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"12Gi")", "[nvidia.com/gpumem]",
                "\"12Gi\"", "counts MiB, and 12Gi of memory are 12288"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"700Mi")", "[nvidia.com/gpumem]",
                "\"700Mi\"", "700Mi of memory are 700"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"10G")", "[nvidia.com/gpumem]",
                "\"10G\"", "10G of memory are 9537"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"8589934592")", "[nvidia.com/gpumem]",
                "\"8589934592\"", "8589934592 bytes of memory are 8192"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"2.5")", "[nvidia.com/gpumem]",
                "\"2.5\"", "MiB of each card from 0 to 2147483647"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"-7")", "[nvidia.com/gpumem]", "\"-7\"",
                "from 0"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem":"99E")", "[nvidia.com/gpumem]",
                "\"99E\"", "from 0"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":"33.3")",
                "[nvidia.com/gpumem-percentage]", "\"33.3\"", "from 1 to 100"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":140)",
                "[nvidia.com/gpumem-percentage]", "\"140\"", "from 1 to 100"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":-5)",
                "[nvidia.com/gpumem-percentage]", "\"-5\"", "from 1 to 100"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpumem-percentage":0)",
                "[nvidia.com/gpumem-percentage]", " 0", "from 1 to 100"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpucores":"1500m")", "[nvidia.com/gpucores]",
                "\"1500m\"", "percent of each card's compute"},
           Case{R"("nvidia.com/gpu":"1","nvidia.com/gpucores":-30)", "[nvidia.com/gpucores]",
                "\"-30\"", "from 0"},
           Case{R"("amd.com/gpu":"1.5")", "[amd.com/gpu]", "\"1.5\"", "of cards"},
           Case{R"("amd.com/gpu":"1","amd.com/gpumem":"64Gi")", "[amd.com/gpumem]", "\"64Gi\"",
                "65536"},
           Case{R"("amd.com/gpu":"1","amd.com/gpucores":"101")", "[amd.com/gpucores]", "\"101\"",
                "from 1 to 100"},
           Case{R"("amd.com/gpu":"1","amd.com/gpucores":"0")", "[amd.com/gpucores]", " 0",
                "from 1 to 100"},
           Case{R"("gpu.intel.com/xe":"250m")", "[gpu.intel.com/xe]", "\"250m\"", "a whole number"},
           Case{R"("nvidia.com/mig-2g.20gb":"0.5")", "[nvidia.com/mig-2g.20gb]", "\"0.5\"",
                "a whole number"},
           Case{R"("nvidia.com/gpu.shared":"-1")", "[nvidia.com/gpu.shared]", "\"-1\"", "from 0"},
       }) {
    const auto faults = FaultsOf(Limits(c.limits));
    ASSERT_THAT(faults, SizeIs(1)) << c.limits;
    EXPECT_THAT(faults[0].text, AllOf(HasSubstr("container \"learn\""), HasSubstr(c.field),
                                      HasSubstr(c.value), HasSubstr(c.allowed)));
    EXPECT_EQ(faults[0].unless_offered, "") << c.limits;
    EXPECT_THAT(faults[0].text, Not(HasSubstr("%")));
  }
}

TEST(FaultsTest, AmountsOfACardNeedANumberOfCards) {
  EXPECT_THAT(TextsOf(Limits(R"("nvidia.com/gpumem":"4k","nvidia.com/gpucores":40)")),
              ElementsAre(AllOf(HasSubstr("nvidia.com/gpumem 4000 and nvidia.com/gpucores 40"),
                                HasSubstr("without nvidia.com/gpu,"))));
  EXPECT_THAT(TextsOf(Limits(R"("nvidia.com/gpumem-percentage":25)")),
              ElementsAre(HasSubstr("nvidia.com/gpumem-percentage 25 without nvidia.com/gpu")));
  EXPECT_THAT(TextsOf(Limits(R"("amd.com/gpumem":4000)")),
              ElementsAre(HasSubstr("without amd.com/gpu,")));
  EXPECT_THAT(TextsOf(Limits(R"("nvidia.com/gpumem":4000,"amd.com/gpu":1)")),
              ElementsAre(HasSubstr("without nvidia.com/gpu,")))
      << "the count of another vendor does not serve";
  EXPECT_THAT(TextsOf(Limits(R"("nvidia.com/gpumem":4000,"example.com/a30":1)")),
              ElementsAre(HasSubstr("without nvidia.com/gpu,")))
      << "nor does one under a name that is not known";
}

TEST(FaultsTest, SoundWishesHaveNone) {
  for (const char* limits :
       {R"("cpu":"500m","memory":"2Gi","hugepages-2Mi":"4Mi","ephemeral-storage":"1Gi")",
        R"("nvidia.com/gpu":1)", R"("nvidia.com/gpu":"0")", R"("nvidia.com/gpu":"2000m")",
        // A chart's values for "no card": zeros all over.
        R"("nvidia.com/gpu":0,"nvidia.com/gpumem":0,"nvidia.com/gpumem-percentage":0)",
        R"("nvidia.com/gpumem":0,"nvidia.com/gpucores":"0")",
        R"("nvidia.com/gpu":0,"nvidia.com/gpumem":3000)",
        R"("nvidia.com/gpu":1,"nvidia.com/gpumem":"3k","nvidia.com/gpucores":"0")",
        R"("nvidia.com/gpu":1,"nvidia.com/gpumem":"8Ki")",
        R"("nvidia.com/gpu":1,"nvidia.com/gpumem":"1M")",
        R"("nvidia.com/gpu":1,"nvidia.com/gpumem":2147483647)",
        R"("nvidia.com/gpu":1,"nvidia.com/gpumem":500,"nvidia.com/gpumem-percentage":0)",
        R"("nvidia.com/gpu":1,"nvidia.com/gpucores":130)",
        R"("nvidia.com/gpu":1,"nvidia.com/priority":1)",
        R"("amd.com/gpu":1,"amd.com/gpumem":1000,"amd.com/gpucores":100)",
        R"("nvidia.com/mig-1g.5gb.shared":2,"gpu.intel.com/i915_monitoring":1)",
        // Other people's.
        R"("rdma/hca":1,"example.com/gpumem":"1.5Gi","aliyun.com/gpu-mem":3)",
        R"("nvidia.com/hostdev":1,"nvidia.com/gpu-a100":2,"nvidia.com/GRID_T4-2Q":1)"}) {
    EXPECT_THAT(TextsOf(Limits(limits)), IsEmpty()) << limits;
  }
}

TEST(FaultsTest, MisspeltNamesGetTheNearestOneUnlessANodeOffersThem) {
  struct Case {
    const char *name, *meant;
    bool may_be_offered;
  };
  for (const Case& c :
       {Case{"nvidia.com/gpumemory", "nvidia.com/gpumem?", true},
        Case{"nvidia.com/gpu-mem", "nvidia.com/gpumem?", true},
        Case{"nvidia.com/GPU", "nvidia.com/gpu?", true},
        Case{"nvidia.com/gpus", "nvidia.com/gpu?", true},
        Case{"nvidia.com/gpu_cores", "nvidia.com/gpucores?", true},
        Case{"nvidia.com/gpumem-percent", "nvidia.com/gpumem-percentage?", true},
        Case{"nvidia.com/MIG-1g.5gb", "nvidia.com/mig-<profile>?", true},
        Case{"amd.com/GPU", "amd.com/gpu?", true},
        Case{"gpu.intel.com/i195", "gpu.intel.com/i915?", true},
        Case{"nvida.com/gpu", "nvidia.com/gpu?", true},
        Case{"NVIDIA.com/gpu", "nvidia.com/gpu?", false},
        Case{"gpu-mem", "nvidia.com/gpumem?", false}, Case{"gpu", "nvidia.com/gpu?", false}}) {
    const auto faults = FaultsOf(Limits("\"" + std::string(c.name) + "\":2"));
    ASSERT_THAT(faults, SizeIs(1)) << c.name;
    EXPECT_THAT(faults[0].text, AllOf(HasSubstr("[" + std::string(c.name) + "] is \"2\""),
                                      HasSubstr("did you mean " + std::string(c.meant))));
    EXPECT_EQ(faults[0].unless_offered, c.may_be_offered ? c.name : "") << c.name;
    EXPECT_THAT(FaultsOf(Limits("\"" + std::string(c.name) + "\":0")), IsEmpty()) << c.name;
  }
}

TEST(FaultsTest, InitContainersAndRequestsAreLookedAtAndWhatIsSaidTwiceIsToldOnce) {
  EXPECT_THAT(
      TextsOf(
          R"({"metadata":{"name":"p"},"spec":{"initContainers":[{"name":"fetch","resources":{
             "requests":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"1.5"},
             "limits":{"nvidia.com/gpu":"1","nvidia.com/gpumem":"1.5"}}}],
             "containers":[{"name":"main","resources":{"requests":{"amd.com/gpu":"500m"}}}]}})"),
      ElementsAre(AllOf(HasSubstr("init container \"fetch\""), HasSubstr("limits")),
                  AllOf(HasSubstr("container \"main\""), HasSubstr("requests[amd.com/gpu]"))));
}

TEST(FaultsTest, LimitsAndRequestsOfOneResourceMustBeEqual) {
  const auto both = [](const std::string& limits, const std::string& requests) {
    return TextsOf(R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","resources":{
        "limits":{)" +
                   limits + R"(},"requests":{)" + requests + "}}}]}}");
  };
  EXPECT_THAT(both(R"("nvidia.com/gpu":2)", R"("nvidia.com/gpu":1)"),
              ElementsAre(AllOf(HasSubstr("limits[nvidia.com/gpu] is 2"),
                                HasSubstr("requests[nvidia.com/gpu] 1"), HasSubstr("equal"))));
  EXPECT_THAT(both(R"("nvidia.com/mig-1g.5gb":2)", R"("nvidia.com/mig-1g.5gb":1)"), SizeIs(1));
  EXPECT_THAT(both(R"("amd.com/gpu":1,"amd.com/gpumem":"2k")",
                   R"("amd.com/gpu":"1","amd.com/gpumem":2000)"),
              IsEmpty());
  EXPECT_THAT(both("", R"("amd.com/gpu":1,"amd.com/gpumem":2000)"), IsEmpty());
}

TEST(FaultsTest, RequestsAloneAskOfEveryVendor) {
  for (const char* vendor : {"nvidia", "amd"}) {
    const std::string word(vendor);
    const auto pod = DecodePod(
        R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","resources":{"requests":{")" +
        word + R"(.com/gpu":"2",")" + word + R"(.com/gpumem":"700"}}}]}})");
    ASSERT_TRUE(pod.ok());
    ASSERT_THAT(pod->request.containers, SizeIs(1));
    EXPECT_EQ(pod->request.containers[0].count, 2) << word;
    EXPECT_EQ(pod->request.containers[0].memory.value(), 700) << word;
  }
}

TEST(FaultsTest, CardsAreNotAskedForByThePodAsAWhole) {
  EXPECT_THAT(
      TextsOf(R"({"metadata":{"name":"p"},"spec":{"resources":{"limits":{"cpu":"1",
      "nvidia.com/gpu":"1","nvidia.com/gpumem":"9Gi","nvidia.com/gpucores":0}},
      "containers":[{"name":"c"}]}})"),
      ElementsAre(AllOf(HasSubstr("spec.resources.limits[nvidia.com/gpumem]"), HasSubstr("9Gi")),
                  AllOf(HasSubstr("spec.resources.limits[nvidia.com/gpu] is \"1\""),
                        HasSubstr("container"))));
}

TEST(FaultsTest, AtMostEightAreKeptOfAnyNumber) {
  std::string containers;
  for (int i = 0; i < 300; ++i) {
    containers += std::string(i > 0 ? "," : "") + R"({"name":"c","resources":{"limits":{)";
    for (int j = 0; j < 300; ++j) {
      containers +=
          std::string(j > 0 ? "," : "") + "\"nvidia.com/gpumem" + std::to_string(j) + "\":\"1.5\"";
    }
    containers += "}}}";
  }
  EXPECT_THAT(FaultsOf(R"({"metadata":{"name":"p"},"spec":{"containers":[)" + containers + "]}}"),
              SizeIs(model::kMostFaults));
}

TEST(FaultsTest, MoreCountedNamesThanAnyoneNeedsAreRefused) {
  std::string limits;
  for (int i = 0; i < 1000; ++i) {
    limits += (i > 0 ? ",\"nvidia.com/mig-" : "\"nvidia.com/mig-") + std::to_string(i) + "\":1";
  }
  EXPECT_THAT(TextsOf(Limits(limits)), ElementsAre(HasSubstr("too many resources")));
}

TEST(FaultsTest, UnknownNamesWithoutEndAreRefusedInsteadOfLookedUp) {
  std::string containers;
  for (int i = 0; i < 4000; ++i) {
    containers += std::string(i > 0 ? "," : "") +
                  R"({"name":"c","resources":{"limits":{"cpu":1,"memory":"1Gi","nvidia.com/else)" +
                  std::to_string(i) + "\":1}}}";
  }
  EXPECT_THAT(TextsOf(R"({"metadata":{"name":"p"},"spec":{"containers":[)" + containers + "]}}"),
              testing::Each(HasSubstr("too many resources")));
  // Plain amounts are never too many.
  std::string plain;
  for (int i = 0; i < 300; ++i) {
    plain += R"({"name":"c","resources":{"limits":{"cpu":1,"memory":"1Gi","rdma/hca":1}}},)";
  }
  EXPECT_THAT(TextsOf(R"({"metadata":{"name":"p"},"spec":{"containers":[)" + plain +
                      R"({"name":"last","resources":{"limits":{"nvidia.com/GPU":1}}}]}})"),
              ElementsAre(HasSubstr("container \"last\"")));
}

std::string Annotated(const std::string& key, const std::string& value) {
  return R"({"metadata":{"name":"p","annotations":{")" + key + "\":\"" + value +
         R"("}},"spec":{"containers":[{"name":"c","resources":{"limits":{"nvidia.com/gpu":1}}}]}})";
}

TEST(FaultsTest, ListsOfAnnotationsAreKeptOnceAndInBounds) {
  const char* const kKeys[] = {"nvidia.com/use-gputype", "nvidia.com/nouse-gputype",
                               "nvidia.com/use-gpuuuid", "nvidia.com/nouse-gpuuuid",
                               "amd.com/use-gputype",    "amd.com/nouse-gputype",
                               "amd.com/use-gpu-uuid",   "amd.com/nouse-gpu-uuid"};
  for (const char* key : kKeys) {
    std::string same, many;
    for (int i = 0; i < 20'000; ++i) {
      same += "t4,";
      many += "t" + std::to_string(i) + ",";
    }
    const auto once = DecodePod(Annotated(key, same));
    ASSERT_TRUE(once.ok());
    EXPECT_THAT(once->request.faults, IsEmpty());
    const auto* constraints = once->request.ConstraintsOn(
        std::string(key).starts_with("amd") ? model::Vendor::kAmd : model::Vendor::kNvidia);
    ASSERT_NE(constraints, nullptr);
    EXPECT_EQ(constraints->use_types.size() + constraints->avoid_types.size() +
                  constraints->use_uuids.size() + constraints->avoid_uuids.size(),
              1u);

    EXPECT_THAT(TextsOf(Annotated(key, many)),
                ElementsAre(AllOf(HasSubstr(key), HasSubstr("more than 512 entries"))));
    EXPECT_THAT(TextsOf(Annotated(key, std::string(200'000, 'x'))),
                ElementsAre(AllOf(HasSubstr(key), HasSubstr("200000 bytes"), HasSubstr("256"))));
  }
}

TEST(FaultsTest, TextsOfAnnotationsAreKeptInBounds) {
  for (const char* key :
       {"nvidia.com/vgpu-mode", "hami.io/node-scheduler-policy", "hami.io/gpu-scheduler-policy"}) {
    EXPECT_THAT(TextsOf(Annotated(key, std::string(100'000, 'x'))),
                ElementsAre(AllOf(HasSubstr(key), HasSubstr("100000 bytes"), HasSubstr("256"))));
  }
}

}  // namespace
}  // namespace tangram::api::hami
