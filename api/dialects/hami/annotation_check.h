// Annotations that do not do what their author seems to want, in words.
//
// An annotation is a key that nobody checks: misspelt, it is silently no wish at all. Found here
// are keys that resemble those of ours, values that are read as another or as none, and keys of
// ours on an object whose pods do not get them. Where a value makes the pod undecidable, the pod is
// refused (pod.h) and nothing is said here. Pure functions, callable from any thread.
#ifndef API_DIALECTS_HAMI_ANNOTATION_CHECK_H_
#define API_DIALECTS_HAMI_ANNOTATION_CHECK_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tangram::api::hami {

// Of one object; more are not told.
inline constexpr size_t kMostAnnotationNotes = 8;

// What there is to say of the annotations of a Pod, given as JSON text, each in a line that begins
// with the annotation. Nothing for text that is no Pod.
std::vector<std::string> CheckAnnotations(std::string_view pod);

// Whether a user writes that annotation on a pod for the scheduler to read.
bool IsUserAnnotation(std::string_view key);

// What there is to say of one annotation of a pod; "" when that is nothing.
std::string CheckAnnotation(std::string_view key, std::string_view value);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_ANNOTATION_CHECK_H_
