// hami.io/node-nvidia-register in both its forms.
#include <string>
#include <vector>

#include "api/dialects/hami/node.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::hami {
namespace {

using model::CorePercent;
using model::Gpu;
using model::Mebibytes;
using model::Slots;
using testing::HasSubstr;

TEST(RegisterTest, JsonIsReadWithAbsentFieldsAsZero) {
  const auto gpus =
      DecodeRegister(R"([{"id":"GPU-b","index":1,"count":10,"devmem":40960,"devcore":100,)"
                     R"("type":"NVIDIA A100-SXM4-40GB","numa":1,"mode":"hami-core","health":true,)"
                     R"("devicepairscore":{},"custominfo":{"a":[1,{"b":null}]},"new":[[]]},)"
                     R"({"id":"GPU-a","type":"Tesla nvidia"}])");
  ASSERT_TRUE(gpus.ok()) << gpus.status();
  Gpu bare;
  bare.uuid = "GPU-a";
  bare.type = "Tesla nvidia";
  const std::vector<Gpu> expected = {
      bare,
      {.uuid = "GPU-b",
       .index = 1,
       .slots = Slots(10),
       .memory = Mebibytes(40960),
       .cores = CorePercent(100),
       .type = "NVIDIA A100-SXM4-40GB",
       .mode = "hami-core",
       .numa = 1,
       .healthy = true},
  };
  EXPECT_EQ(*gpus, expected);
}

TEST(RegisterTest, TheOldTextFormIsReadWithSevenOrNineFields) {
  const auto gpus = DecodeRegister(
      "GPU-b,10,32768,100,NVIDIA-Tesla V100,1,true:GPU-a,5,16384,200,NVIDIA T4,-1,0,3,mps:");
  ASSERT_TRUE(gpus.ok()) << gpus.status();
  const std::vector<Gpu> expected = {
      {.uuid = "GPU-a",
       .index = 3,
       .slots = Slots(5),
       .memory = Mebibytes(16384),
       .cores = CorePercent(200),
       .type = "NVIDIA T4",
       .mode = "mps",
       .numa = -1,
       .healthy = false},
      {.uuid = "GPU-b",
       .slots = Slots(10),
       .memory = Mebibytes(32768),
       .cores = CorePercent(100),
       .type = "NVIDIA-Tesla V100",
       .mode = "hami-core",
       .numa = 1,
       .healthy = true},
  };
  EXPECT_EQ(*gpus, expected);
}

TEST(RegisterTest, CardsOfOtherVendorsAreNoCandidates) {
  const auto gpus =
      DecodeRegister(R"([{"id":"A","type":"Ascend910B"},{"id":"B","type":"nViDiA"}])");
  ASSERT_TRUE(gpus.ok()) << gpus.status();
  ASSERT_EQ(gpus->size(), 1u);
  EXPECT_EQ(gpus->front().uuid, "B");
}

TEST(RegisterTest, AnEmptyListIsNoError) {
  const auto gpus = DecodeRegister(" [] ");
  ASSERT_TRUE(gpus.ok()) << gpus.status();
  EXPECT_TRUE(gpus->empty());
}

TEST(RegisterTest, OfAKeyThatComesTwiceTheLastWins) {
  const auto gpus = DecodeRegister(R"([{"id":"a","type":"NVIDIA","devmem":1,"devmem":2}])");
  ASSERT_TRUE(gpus.ok()) << gpus.status();
  EXPECT_EQ(gpus->front().memory, Mebibytes(2));
}

struct BadCase {
  std::string text;
  std::string message;
};

class BadRegisterTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadRegisterTest, IsRefusedByName) {
  const auto gpus = DecodeRegister(GetParam().text);
  ASSERT_FALSE(gpus.ok());
  EXPECT_EQ(gpus.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(gpus.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Json, BadRegisterTest,
    testing::Values(
        BadCase{R"([{"id":"a","devmem":-5}])",
                "cards[0].devmem: must be an integer from 0 to 2147483647, is -5"},
        BadCase{R"([{"id":"a"},{"id":"b","count":-1}])",
                "cards[1].count: must be an integer from 0"},
        BadCase{R"([{"id":"a","devcore":-1}])", "cards[0].devcore"},
        BadCase{R"([{"id":"a","index":-1}])", "cards[0].index"},
        BadCase{R"([{"id":"a","devmem":2147483648}])", "is 2147483648"},
        BadCase{R"([{"id":"a","devmem":99999999999999999999}])", "is 99999999999999999999"},
        BadCase{R"([{"id":"a","devmem":1.5}])", "is 1.5"},
        BadCase{R"([{"id":"a","devmem":1e3}])", "is 1e3"},
        BadCase{R"([{"id":"a","devmem":"5"}])", "cards[0].devmem"},
        BadCase{R"([{"id":"a","health":"yes"}])", "cards[0].health: must be true or false"},
        BadCase{R"([{"id":7}])", "cards[0].id: must be a string"},
        BadCase{R"([{"count":1}])", "cards[0].id: must be the UUID of the card"},
        BadCase{R"([{"id":"a"},{"id":"a"}])", "id a comes twice"},
        BadCase{R"([{"id":"a"}] x)", "malformed"},
        BadCase{R"([{"id":"a"}][])", "something follows"},
        BadCase{R"({"id":"a"})", "must be an array"},
        BadCase{R"([7])", "cards[0]: must be an object"}, BadCase{R"([{"id":"a",}])", "malformed"},
        BadCase{"[{\"id\":\"a\xff\"}]", "malformed"}, BadCase{"[", "malformed"}));

INSTANTIATE_TEST_SUITE_P(
    Text, BadRegisterTest,
    testing::Values(BadCase{"", "must be a JSON array, or records that end with ':'"},
                    BadCase{"GPU-a,10,32768,100,NVIDIA,0,true", "must be a JSON array, or records"},
                    BadCase{"GPU-a:", "7 or 9 fields"},
                    BadCase{"GPU-a,10,32768,100,NVIDIA,0,true,1:", "7 or 9 fields"},
                    BadCase{"GPU-a,10,-1,100,NVIDIA,0,true:", "cards[0].devmem"},
                    BadCase{"GPU-a,10,32768,100,NVIDIA,0,yes:", "cards[0].health"},
                    BadCase{"GPU-a,x,32768,100,NVIDIA,0,true:", "cards[0].count"},
                    BadCase{"GPU-a,1,1,1,NVIDIA,0,true:GPU-a,1,1,1,NVIDIA,0,true:", "comes twice"},
                    BadCase{"GPU-a,1,1,1,NVIDIA,0,true:,1,1,1,NVIDIA,0,true:", "cards[1].id"},
                    BadCase{"GPU-a,1,1,1,NVIDIA,0,true,-1,mig:", "cards[0].index"}));

}  // namespace
}  // namespace tangram::api::hami
