package settle

func Forever() {}
