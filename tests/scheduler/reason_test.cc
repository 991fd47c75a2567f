#include "scheduler/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "scheduler/reason_texts.h"
#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {
namespace {

ReasonSet Set(std::initializer_list<Reason> reasons) {
  ReasonSet set;
  for (const Reason reason : reasons) set.Add(reason);
  return set;
}

ReasonSet Everything() {
  ReasonSet set;
  for (int i = 0; i < kReasonCount; ++i) set.Add(static_cast<Reason>(i));
  return set;
}

TEST(ReasonTest, EveryReasonHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (int i = 0; i < kReasonCount; ++i) words.insert(ReasonWord(static_cast<Reason>(i)));
  EXPECT_EQ(words.size(), static_cast<size_t>(kReasonCount));
  EXPECT_FALSE(words.contains(""));
}

TEST(ReasonTest, CardWordsAreThoseOfHami) {
  EXPECT_EQ(ReasonWord(Reason::kCardInsufficientMemory), "CardInsufficientMemory");
  EXPECT_EQ(ReasonWord(Reason::kCardNotHealth), "CardNotHealth");
  EXPECT_EQ(ReasonWord(Reason::kNodeInsufficientDevice), "NodeInsufficientDevice");
  EXPECT_EQ(ReasonWord(Reason::kAllocatedCardsInsufficientRequest),
            "AllocatedCardsInsufficientRequest");
}

TEST(ReasonTextTest, SaysWhatWasWanted) {
  const model::PodRequest request = Pod({Container(2, 3000, 30)});
  EXPECT_EQ(ReasonText(Set({Reason::kCardInsufficientMemory}), request),
            "CardInsufficientMemory (wants 3000 MiB on each of 2 cards)");
  EXPECT_EQ(ReasonText(Set({Reason::kCardInsufficientCore, Reason::kCardNotHealth}), request),
            "CardNotHealth, CardInsufficientCore (wants 30 percent of a card's cores on each of 2 "
            "cards)");
  EXPECT_EQ(ReasonText(ReasonSet(), request), "");
}

TEST(ReasonTextTest, CardsThatFillUpBesideDoNotChangeTheText) {
  const model::PodRequest request = Pod({Container(8, 70000)});
  const std::string text = ReasonText(Set({Reason::kCardInsufficientMemory}), request);
  EXPECT_EQ(ReasonText(Set({Reason::kCardInsufficientMemory, Reason::kCardTimeSlicingExhausted,
                            Reason::kAllocatedCardsInsufficientRequest}),
                       request),
            text);
}

TEST(ReasonTextTest, ContainersAreListedOnceEach) {
  const model::PodRequest request =
      Pod({Container(1, 500), ByPercent(2, 50), Container(1, 500), Container(0, 9)});
  EXPECT_EQ(
      ReasonText(Set({Reason::kCardInsufficientMemory}), request),
      "CardInsufficientMemory (wants 500 MiB on 1 card; 50 percent of a card's memory on each "
      "of 2 cards)");
}

TEST(ReasonTextTest, TextIsPrintableWhateverThePodSays) {
  model::PodRequest request = Pod({ByPercent(1, 50, 100)});
  request.constraints.use_types = {"100%d%s", "b\n\x01", std::string(500, 'x'), "\xc3\xa9\xff"};
  request.constraints.avoid_types = std::vector<std::string>(50, "t4");
  request.constraints.modes = "%n";
  const std::string text = ReasonText(Everything(), request);
  for (const char c : text) {
    const bool letter = c >= ' ' && c <= '~' && c != '%';
    EXPECT_TRUE(letter || c == '\xc3' || c == '\xa9') << static_cast<int>(c);
  }
  EXPECT_NE(text.find("\xc3\xa9?"), std::string::npos) << "letters of any script stay";
  EXPECT_LT(text.size(), 1200u);
}

TEST(ReasonTextTest, LettersComeAsTheyCameAndNothingElse) {
  const auto text = [](const std::string& type) {
    model::PodRequest request = Pod({Container(1, 1)});
    request.constraints.use_types = {type};
    const std::string whole = ReasonText(Set({Reason::kCardTypeMismatch}), request);
    const std::string before = "CardTypeMismatch (wants type ";
    EXPECT_EQ(whole.substr(0, before.size()), before);
    return whole.substr(before.size(), whole.size() - before.size() - 1);
  };
  EXPECT_EQ(text("\u663e\u5361 910B"), "\u663e\u5361 910B");
  EXPECT_EQ(text("Gr\u00f6\u00dfe"), "Gr\u00f6\u00dfe");
  EXPECT_EQ(text("\U0001f600"), "\U0001f600");
  EXPECT_EQ(text("a\xff"
                 "b"),
            "a?b")
      << "no UTF-8";
  EXPECT_EQ(text("a\xe6\x98"), "a??") << "cut";
  EXPECT_EQ(text("\xc0\xaf"), "??") << "too long";
  EXPECT_EQ(text("\xed\xa0\x80"), "???") << "a surrogate";
  EXPECT_EQ(text("a\u202e"
                 "b"),
            "a?b")
      << "turns the line";
  EXPECT_EQ(text("a\u0085"
                 "b"),
            "a?b")
      << "a control";
  // Cut between letters.
  std::string many;
  for (int i = 0; i < 30; ++i) many += "\u663e";
  EXPECT_EQ(text(many), many.substr(0, 63) + "...");
}

// Two used cards refuse for memory, and there are enough others, on two NUMA nodes.
TEST(ReasonTextTest, NumaIsToldWhereItIsInTheWay) {
  FitWorld world;
  std::vector<TestCard> cards(8);
  for (size_t i = 0; i < cards.size(); ++i) cards[i].numa = i < 4 ? 0 : 1;
  for (const size_t i : {size_t{0}, size_t{4}}) {
    cards[i].used_slots = 1;
    cards[i].used_memory = 5000;
  }
  world.Add("n", cards);
  model::PodRequest request = Pod({Container(4, 0)});
  request.constraints.numa_bind = true;
  const Tried tried = Try(world, request);
  ASSERT_FALSE(tried.answer.fits);
  EXPECT_EQ(
      ReasonText(tried.answer.reasons, request),
      "NumaNotFit (wants 4 cards of one NUMA node), CardInsufficientMemory (wants 100 percent "
      "of a card's memory on each of 4 cards)");
}

FilterOutcome::Refusal RefusalOf(uint32_t position, uint32_t bits) {
  FilterOutcome::Refusal refusal;
  refusal.position = position;
  for (int i = 0; i < kReasonCount; ++i) {
    if (((bits >> i) & 1u) != 0) refusal.reasons.Add(static_cast<Reason>(i));
  }
  return refusal;
}

TEST(ReasonTextsTest, EqualSetsShareOneText) {
  const model::PodRequest request = Pod({Container(1, 1)});
  const std::vector<FilterOutcome::Refusal> refused = {RefusalOf(0, 3), RefusalOf(1, 4),
                                                       RefusalOf(2, 3)};
  const ReasonTexts answer = MakeReasonTexts(refused, request);
  ASSERT_EQ(answer.texts.size(), 2u);
  EXPECT_EQ(answer.text_of, (std::vector<uint8_t>{0, 1, 0}));
  EXPECT_EQ(answer.texts[0], ReasonText(refused[0].reasons, request));
}

TEST(ReasonTextsTest, ThirtyTwoSetsAreKeptAndOneMoreCutsAll) {
  const model::PodRequest request = Pod({Container(1, 1)});
  std::vector<FilterOutcome::Refusal> refused;
  for (uint32_t i = 0; i < kMostTexts; ++i) refused.push_back(RefusalOf(i, i + 1));
  EXPECT_EQ(MakeReasonTexts(refused, request).texts.size(), kMostTexts);
  refused.push_back(RefusalOf(99, kMostTexts + 1));
  const ReasonTexts cut = MakeReasonTexts(refused, request);
  EXPECT_EQ(cut.text_of.size(), refused.size());
  EXPECT_LE(cut.texts.size(), static_cast<size_t>(kReasonCount));
  for (size_t i = 0; i < refused.size(); ++i) {
    EXPECT_EQ(cut.texts[cut.text_of[i]], ReasonText(refused[i].reasons.FirstOnly(), request));
  }
}

TEST(ReasonTextsTest, NothingRefusedNeedsNoText) {
  const ReasonTexts answer = MakeReasonTexts({}, Pod({Container(1, 1)}));
  EXPECT_TRUE(answer.texts.empty());
  EXPECT_TRUE(answer.text_of.empty());
}

}  // namespace
}  // namespace tangram::scheduler
