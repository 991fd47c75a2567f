#include "model/name_table.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tangram::model {
namespace {

TEST(NameTableTest, AnEmptyTableFindsNothing) {
  EXPECT_EQ(NameTable().Find("a"), kNoNode);
  EXPECT_EQ(NameTable().Find(""), kNoNode);
}

TEST(NameTableTest, FindsEveryNameAtItsPosition) {
  std::mt19937 random(3);
  for (const size_t count : {1u, 2u, 15u, 16u, 17u, 1000u}) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) {
      names.push_back(std::string(1 + random() % 40, 'x') + std::to_string(i));
    }
    std::vector<std::string_view> views(names.begin(), names.end());
    views[count / 2] = "";  // a position without a node
    const NameTable table(views);
    names[count / 2] = "unheard-of";
    const std::vector<std::string_view> asked(names.begin(), names.end());
    std::vector<NodeIndex> found(count);
    table.FindEach(asked, found);
    for (size_t i = 0; i < count; ++i) {
      const NodeIndex expected = i == count / 2 ? kNoNode : static_cast<NodeIndex>(i);
      EXPECT_EQ(table.Find(asked[i]), expected) << asked[i];
      EXPECT_EQ(found[i], expected) << asked[i];
    }
    EXPECT_EQ(table.Find(""), kNoNode);
  }
}

}  // namespace
}  // namespace tangram::model
