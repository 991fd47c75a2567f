// A std::mutex that clang's thread-safety analysis understands.
//
// absl::Mutex is banned: the packaged library is not built for ThreadSanitizer, so correct code
// would report races. Lock order in the whole program: a Mutex is a leaf unless its owner's header
// says otherwise, and no call out of the process is made while one is held.
#ifndef MODEL_MUTEX_H_
#define MODEL_MUTEX_H_

#include <mutex>

#if defined(__clang__)
#define TANGRAM_ANNOTATE(x) __attribute__((x))
#else
#define TANGRAM_ANNOTATE(x)
#endif

#define TANGRAM_GUARDED_BY(m) TANGRAM_ANNOTATE(guarded_by(m))
#define TANGRAM_REQUIRES(m) TANGRAM_ANNOTATE(requires_capability(m))
#define TANGRAM_EXCLUDES(m) TANGRAM_ANNOTATE(locks_excluded(m))

namespace tangram::model {

class TANGRAM_ANNOTATE(capability("mutex")) Mutex {
 public:
  void Lock() TANGRAM_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void Unlock() TANGRAM_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class TANGRAM_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TANGRAM_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() TANGRAM_ANNOTATE(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace tangram::model

#endif  // MODEL_MUTEX_H_
