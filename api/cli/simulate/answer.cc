#include "api/cli/simulate/answer.h"

#include "absl/strings/str_cat.h"

namespace tangram::api::cli::simulate {
namespace {

std::string MarkdownOf(const Article& article) {
  std::string text = absl::StrCat("# ", article.title, "\n\n", article.lede, "\n");
  for (const Article::Part& part : article.parts) {
    absl::StrAppend(&text, "\n## ", part.heading, "\n");
    if (!part.note.empty()) absl::StrAppend(&text, "\n", part.note, "\n");
    if (!part.sheet.rows.empty()) absl::StrAppend(&text, "\n", AsMarkdown(part.sheet));
  }
  return text;
}

std::string PageOf(const Article& article) {
  std::string body = article.figures.empty() ? "" : KeyFigures(article.figures);
  for (const Article::Part& part : article.parts) {
    absl::StrAppend(
        &body, Section(part.heading, part.note, part.sheet.rows.empty() ? "" : AsHtml(part.sheet)));
  }
  return Page(article.kicker, article.title, HtmlText(article.lede), body);
}

}  // namespace

std::string AnswerText(const Answer& answer, Form form) {
  switch (form) {
    case Form::kJson:
      return JsonText(answer.json());
    case Form::kYaml:
      return YamlText(answer.json());
    case Form::kCsv:
      return AsCsv(answer.csv());
    case Form::kMarkdown:
      return MarkdownOf(answer.article());
    case Form::kHtml:
      return PageOf(answer.article());
    case Form::kTable:
      break;
  }
  return answer.table();
}

absl::Status PrintAnswer(const OutputOptions& options, const Answer& answer) {
  return Emit(AnswerText(answer, options.form), options.file);
}

}  // namespace tangram::api::cli::simulate
