// Answers to the byte.
#include <string>
#include <string_view>
#include <vector>

#include "api/extender/codec.h"
#include "gtest/gtest.h"
#include "scheduler/reason.h"

namespace tangram::api::extender {
namespace {

using scheduler::FilterOutcome;
using scheduler::FilterReply;
using scheduler::Reason;
using scheduler::ReasonSet;

ReasonSet Reasons(std::initializer_list<Reason> reasons) {
  ReasonSet set;
  for (const Reason reason : reasons) set.Add(reason);
  return set;
}

FilterOutcome::Refusal Refused(uint32_t position, bool resolvable, ReasonSet reasons) {
  FilterOutcome::Refusal refusal;
  refusal.position = position;
  refusal.resolvable = resolvable;
  refusal.reasons = reasons;
  return refusal;
}

TEST(EncodeTest, AFilterAnswerNamesFittingNodesAndReasons) {
  const std::vector<std::string_view> names = {"a", "b", "c", "d", "e"};
  FilterReply reply;
  reply.request.containers.resize(1);
  reply.request.containers[0].count = 1;
  reply.request.containers[0].memory = model::Mebibytes(3000);
  reply.outcome.fitting = {3, 0};
  reply.outcome.fitting_total = 2;
  const ReasonSet memory = Reasons({Reason::kCardInsufficientMemory});
  const ReasonSet type = Reasons({Reason::kCardTypeMismatch});
  reply.outcome.refused = {Refused(1, true, memory), Refused(2, false, type),
                           Refused(4, true, memory)};
  const std::string memory_text = ReasonText(memory, reply.request);
  const std::string type_text = ReasonText(type, reply.request);
  EXPECT_EQ(EncodeFilterResult(names, reply),
            R"({"Nodes":null,"NodeNames":["d","a"],"FailedNodes":{"b":")" + memory_text +
                R"(","e":")" + memory_text + R"("},"FailedAndUnresolvableNodes":{"c":")" +
                type_text + R"("},"Error":""})");
}

TEST(EncodeTest, NoFittingNodeIsAnEmptyListAndNotNull) {
  const std::vector<std::string_view> names = {"a"};
  FilterReply reply;
  EXPECT_EQ(
      EncodeFilterResult({}, reply),
      R"({"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
  reply.outcome.refused = {Refused(0, true, Reasons({Reason::kNodeUnknown}))};
  EXPECT_EQ(EncodeFilterResult(names, reply),
            R"({"Nodes":null,"NodeNames":[],"FailedNodes":{"a":")" +
                ReasonText(Reasons({Reason::kNodeUnknown}), reply.request) +
                R"("},"FailedAndUnresolvableNodes":{},"Error":""})");
}

TEST(EncodeTest, ErrorsAreEscaped) {
  EXPECT_EQ(
      EncodeFilterError("say \"no\" \\ \n\x01 \xc3\xa9"),
      R"({"Nodes":null,"NodeNames":null,"FailedNodes":null,"FailedAndUnresolvableNodes":null,)"
      R"("Error":"say \"no\" \\ \u000a\u0001 )"
      "\xc3\xa9\"}");
  EXPECT_EQ(EncodeBindingResult(""), R"({"Error":""})");
  EXPECT_EQ(EncodeBindingResult("a\"b"), R"({"Error":"a\"b"})");
}

TEST(EncodeTest, EveryByteThatNeedsAnEscapeGetsOneWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 17; ++at) {
      std::string text(17, '~');
      text[at] = static_cast<char>(byte);
      const size_t plain = std::string(R"({"Error":""})").size() + text.size();
      const bool escaped = EncodeBindingResult(text).size() != plain;
      EXPECT_EQ(escaped, byte < 0x20 || byte == '"' || byte == '\\') << byte << " at " << at;
    }
  }
}

TEST(EncodeTest, LongAnswersAreWholeWhateverTheLengthsOfTheNames) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < 3000; ++i) {
    texts.push_back(std::string(i % 97, static_cast<char>('a' + i % 26)) + std::to_string(i));
    if (i % 11 == 0) texts.back().insert(i % texts.back().size(), 1, '"');
  }
  texts.emplace_back(5000, 'x');
  const std::vector<std::string_view> names(texts.begin(), texts.end());
  const std::vector<int32_t> scores(names.size(), 7);
  FilterReply reply;
  std::string list;
  std::string fitting;
  for (uint32_t i = 0; i < names.size(); ++i) {
    std::string escaped = texts[i];
    if (const size_t quote = escaped.find('"'); quote != std::string::npos) {
      escaped.insert(quote, 1, '\\');
    }
    list += (i == 0 ? R"({"Host":")" : R"(,{"Host":")") + escaped + R"(","Score":7})";
    fitting += (i == 0 ? "\"" : ",\"") + escaped + '"';
    reply.outcome.fitting.push_back(i);
  }
  EXPECT_EQ(EncodeHostPriorityList(names, scores), "[" + list + "]");
  EXPECT_EQ(EncodeFilterResult(names, reply),
            R"({"Nodes":null,"NodeNames":[)" + fitting +
                R"(],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
}

TEST(EncodeTest, ScoresStandBesideTheirHosts) {
  EXPECT_EQ(EncodeHostPriorityList({}, {}), "[]");
  const std::vector<std::string_view> names = {"a", "b\"", "c", "d"};
  const std::vector<int32_t> scores = {0, 10, 9, -1};
  EXPECT_EQ(EncodeHostPriorityList(names, scores),
            R"([{"Host":"a","Score":0},{"Host":"b\"","Score":10},{"Host":"c","Score":9},)"
            R"({"Host":"d","Score":-1}])");
}

}  // namespace
}  // namespace tangram::api::extender
